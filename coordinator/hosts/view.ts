import type { Clock } from '../../shared/clock.ts';
import { type Command, isActive } from '../../shared/command.ts';
import type { Compartments, Host } from '../../shared/host.ts';
import type { Target } from '../../shared/target.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Sessions } from '../engine/sessions.ts';
import type { Signals } from '../engine/signals.ts';
import { type CommandRecord, isOnHost, isUnderWay } from '../lifecycle/record.ts';
import type { Store } from '../store/port.ts';
import { type Read, whenRead } from '../store/read.ts';
import { compartmentsOf, trackSince } from './compartments.ts';
import { NO_PAST, type Past, REMEMBERED_OPS, remember } from './compartments-past.ts';
import { type HostEntry, maintenanceOf, type Roster } from './roster.ts';

/** Hosts as the API and the live feed show them: stored facts, present facts, and what follows from both. */
export type HostViews = {
  of(hostId: string): Host | null;
  all(): Host[];
  /** For decisions in this turn: includes changes that are not durable yet. `since` is meaningless. */
  compartments(hostId: string): Compartments;
  /** Reads the state that these hosts' past commands left, if not yet known. Until then a host is neither shown nor used in decisions. */
  prepare(hostIds: Iterable<string>): Read<void>;
  isPrepared(hostId: string): boolean;
  /** A new host has no past. */
  added(hostId: string): void;
  forget(hostId: string): void;
};

export type HostViewsDeps = {
  clock: Clock;
  store: Pick<Store, 'commands'>;
  roster: Roster;
  sessions: Sessions;
  ledger: Pick<Ledger, 'live' | 'committedLive'>;
  signals: Pick<Signals, 'ended'>;
  target: () => Target | null;
  /** Runs once at the end of the present turn of the event loop. */
  defer: (run: () => void) => void;
};

/** Hosts whose past is read in one turn of the event loop: 20 ms in SQLite. */
const READ_AT_ONCE = 1_000;

export function createHostViews(deps: HostViewsDeps): HostViews {
  const { clock, store, roster, sessions, ledger, signals, target, defer } = deps;
  const pasts = new Map<string, Past>();
  const last = new Map<string, Compartments>();

  /** For each host whose past is being read, the commands that ended meanwhile. */
  const reading = new Map<string, { ended: Command[]; done: Read<void> }>();

  const pastOf = (hostId: string): Past => {
    const past = pasts.get(hostId);
    if (!past) throw new Error(`the past of host ${hostId} was not asked for before`);
    return past;
  };

  function readPast(hostId: string): Read<void> {
    const known = reading.get(hostId);
    if (known) return known.done;
    const ended: Command[] = [];
    const read = whenRead(store.commands.lastEnded(hostId, REMEMBERED_OPS), (records) => {
      const commands = [...records.map(({ command }) => command), ...ended];
      pasts.set(hostId, commands.reduce(remember, NO_PAST));
    });
    if (!(read instanceof Promise)) return read;
    const done = read.finally(() => reading.delete(hostId));
    reading.set(hostId, { ended, done });
    return done;
  }

  function readPasts(hostIds: readonly string[]): Read<void> {
    const reads = hostIds.filter((id) => !pasts.has(id)).map(readPast);
    const awaited = reads.filter((read) => read instanceof Promise);
    return awaited.length > 0 ? Promise.all(awaited).then(() => {}) : undefined;
  }

  /** Hosts are heard in between: a fleet's pasts take seconds. */
  async function readInSlices(hostIds: readonly string[]): Promise<void> {
    for (let at = 0; at < hostIds.length; at += READ_AT_ONCE) {
      await readPasts(hostIds.slice(at, at + READ_AT_ONCE));
      await new Promise<void>(defer);
    }
  }

  const derive = (hostId: string, live: readonly CommandRecord[], past: Past): Compartments => {
    const running = live.filter(isOnHost).map(({ command }) => command);
    const known = roster.byId(hostId)?.known;
    const report = known?.report ?? null;
    const reportedAt = known?.lastSeenAt ?? null;
    const platform = known?.platform ?? null;
    const ops = known?.ops ?? [];
    return compartmentsOf({ platform, ops, report, reportedAt, target: target(), past, running });
  };

  const decidedOn = (hostId: string): Compartments => {
    const live = ledger.live(hostId);
    const ended = live.map(({ command }) => command).filter(({ status }) => !isActive(status));
    return derive(hostId, live, ended.reduce(remember, pastOf(hostId)));
  };

  const shown = (hostId: string): Compartments => {
    const current = derive(hostId, ledger.committedLive(hostId), pastOf(hostId));
    const tracked = trackSince(last.get(hostId) ?? null, current, clock.now());
    last.set(hostId, tracked);
    return tracked;
  };

  const view = (host: HostEntry): Host => {
    const { id, name, createdAt, known, connectedAt } = host;
    return {
      id,
      name,
      tags: [...host.tags].sort(),
      claimedTags: [...(known?.tags ?? [])].sort(),
      platform: known?.platform ?? null,
      os: known?.os ?? null,
      agentVersion: known?.agentVersion ?? null,
      online: sessions.isOnline(id),
      lastSeenAt: known?.lastSeenAt ?? null,
      connectedAt,
      report: known && { ...known.report },
      metrics: known?.metrics ? { ...known.metrics } : null,
      compartments: shown(id),
      maintenance: maintenanceOf(host, clock.now()),
      activeCommandId: activeCommand(ledger.committedLive(id))?.command.id ?? null,
      ops: [...(known?.ops ?? [])],
      createdAt,
    };
  };

  // The compartments include ended commands.
  signals.ended.listen((command) => {
    reading.get(command.hostId)?.ended.push(command);
    const past = pasts.get(command.hostId);
    if (past) pasts.set(command.hostId, remember(past, command));
  });

  return {
    of(hostId) {
      const host = roster.byId(hostId);
      return host && view(host);
    },
    all: () => roster.byName().map(view),
    compartments: decidedOn,
    prepare(hostIds) {
      const missing = [...hostIds].filter((id) => !pasts.has(id));
      return missing.length > READ_AT_ONCE ? readInSlices(missing) : readPasts(missing);
    },
    isPrepared: (hostId) => pasts.has(hostId),
    added: (hostId) => void pasts.set(hostId, NO_PAST),
    forget(hostId) {
      pasts.delete(hostId);
      last.delete(hostId);
    },
  };
}

/** The host's current command: the one that holds its slot, else a restart or reboot. */
export function activeCommand(live: readonly CommandRecord[]): CommandRecord | null {
  const active = live.filter(isUnderWay);
  return active.find(({ policy }) => policy.takesSlot) ?? active[0] ?? null;
}
