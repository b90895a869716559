import { isActive } from '../../shared/model/command.ts';
import type { Compartments, Host } from '../../shared/model/host.ts';
import type { Target } from '../../shared/model/target.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Sessions } from '../engine/sessions.ts';
import type { Signals } from '../engine/signals.ts';
import { type CommandRecord, isOnHost, isUnderWay } from '../lifecycle/record.ts';
import type { Store } from '../store/port.ts';
import type { Read } from '../store/read.ts';
import { compartmentsOf, trackSince } from './compartments.ts';
import { type Past, remember } from './compartments-past.ts';
import { createPasts } from './pasts.ts';
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

export function createHostViews(deps: HostViewsDeps): HostViews {
  const { clock, store, roster, sessions, ledger, signals, target, defer } = deps;
  const pasts = createPasts({ store, defer });
  const last = new Map<string, Compartments>();

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
    return derive(hostId, live, ended.reduce(remember, pasts.of(hostId)));
  };

  const shown = (hostId: string): Compartments => {
    const current = derive(hostId, ledger.committedLive(hostId), pasts.of(hostId));
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
  signals.ended.listen(pasts.ended);

  return {
    of(hostId) {
      const host = roster.byId(hostId);
      return host && view(host);
    },
    all: () => roster.byName().map(view),
    compartments: decidedOn,
    prepare: pasts.prepare,
    isPrepared: pasts.has,
    added: pasts.begin,
    forget(hostId) {
      pasts.forget(hostId);
      last.delete(hostId);
    },
  };
}

/** The host's current command: the one that holds its slot, else a restart or reboot. */
export function activeCommand(live: readonly CommandRecord[]): CommandRecord | null {
  const active = live.filter(isUnderWay);
  return active.find(({ policy }) => policy.takesSlot) ?? active[0] ?? null;
}
