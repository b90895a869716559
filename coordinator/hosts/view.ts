import type { Clock } from '../../shared/clock.ts';
import type { Command } from '../../shared/command.ts';
import type { Compartments, Host } from '../../shared/host.ts';
import type { Target } from '../../shared/target.ts';
import type { Engine } from '../engine/engine.ts';
import type { Sessions } from '../engine/sessions.ts';
import { type CommandRecord, isOnHost, isUnderWay } from '../lifecycle/record.ts';
import type { Store } from '../store/port.ts';
import { compartmentsOf, trackSince } from './compartments.ts';
import { NO_PAST, type Past, REMEMBERED_OPS, remember } from './compartments-past.ts';
import type { HostEntry, Roster } from './roster.ts';

/** Hosts as the API and the live feed show them: what is stored, what is known now, and what follows from both. */
export type HostViews = {
  of(hostId: string): Host | null;
  /** By id or name. */
  find(idOrName: string): Host | null;
  all(): Host[];
  compartments(hostId: string): Compartments;
  /** Takes in what has ended, so that the compartments know of it. */
  ended(command: Command): void;
  forget(hostId: string): void;
};

export type HostViewsDeps = {
  clock: Clock;
  store: Store;
  roster: Roster;
  sessions: Sessions;
  engine: Pick<Engine, 'live'>;
  target: () => Target | null;
};

export function createHostViews({ clock, store, roster, sessions, engine, target }: HostViewsDeps): HostViews {
  const pasts = new Map<string, Past>();
  const last = new Map<string, Compartments>();

  const pastOf = (hostId: string): Past => {
    const known = pasts.get(hostId);
    if (known) return known;
    const past = store.commands
      .lastEnded(hostId, REMEMBERED_OPS)
      .reduce((before, { command }) => remember(before, command), NO_PAST);
    pasts.set(hostId, past);
    return past;
  };

  const compartments = (hostId: string): Compartments => {
    const running = engine
      .live(hostId)
      .filter(isOnHost)
      .map(({ command }) => command);
    const known = roster.byId(hostId)?.known;
    const report = known?.report ?? null;
    const reportedAt = known?.lastSeenAt ?? null;
    const platform = known?.platform ?? null;
    const ops = known?.ops ?? [];
    const past = pastOf(hostId);
    const current = compartmentsOf({ platform, ops, report, reportedAt, target: target(), past, running });
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
      report: known?.report ?? null,
      metrics: known?.metrics ?? null,
      compartments: compartments(id),
      activeCommandId: activeCommand(engine.live(id))?.command.id ?? null,
      ops: [...(known?.ops ?? [])],
      createdAt,
    };
  };

  return {
    of(hostId) {
      const host = roster.byId(hostId);
      return host && view(host);
    },
    find(idOrName) {
      const host = roster.find(idOrName);
      return host && view(host);
    },
    all: () => [...roster.all()].sort((a, b) => (a.name < b.name ? -1 : 1)).map(view),
    compartments,
    ended(command) {
      const past = pasts.get(command.hostId);
      if (past) pasts.set(command.hostId, remember(past, command));
    },
    forget(hostId) {
      pasts.delete(hostId);
      last.delete(hostId);
    },
  };
}

/** The command that a host is at: the one that holds its slot, else a restart or reboot. */
export function activeCommand(live: readonly CommandRecord[]): CommandRecord | null {
  const active = live.filter(isUnderWay);
  return active.find(({ policy }) => policy.takesSlot) ?? active[0] ?? null;
}
