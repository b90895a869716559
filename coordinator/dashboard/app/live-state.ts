import { type Accessor, createMemo } from 'solid-js';
import type { FeedState } from '../../../shared/feed/state.ts';
import { untrackedOn } from '../../../shared/looks/host-look.ts';
import { type Need, needsOf } from '../../../shared/looks/needs.ts';
import { type AttentionItem, type HostAttention, isAboutHost } from '../../../shared/model/attention.ts';
import type { Command } from '../../../shared/model/command.ts';
import type { Event } from '../../../shared/model/event.ts';
import type { Host } from '../../../shared/model/host.ts';
import type { RunningCommand } from '../../../shared/model/report.ts';
import type { RolloutSummary } from '../../../shared/model/rollout.ts';
import type { Target } from '../../../shared/model/target.ts';

/**
 * The feed's state as signals. The state changes in place: readers of a host or a command look again after each change, and go on
 * only if the value differs.
 */
export type LiveState = {
  /** False before the first state. */
  isKnown: Accessor<boolean>;
  /** All hosts by name. */
  hosts: Accessor<Host[]>;
  host(idOrName: string): Host | undefined;
  command(id: string): Command | undefined;
  latest(hostId: string): Command | undefined;
  /** Active commands, and each host's latest. */
  commands(): Command[];
  /** The untracked command that still runs on a host. */
  untracked(hostId: string): RunningCommand | null;
  /** The host's queued commands, oldest first. */
  queued(hostId: string): readonly Command[];
  /** Attention items about hosts. */
  attention: Accessor<HostAttention[]>;
  /** Hosts with an attention item. */
  needy: Accessor<ReadonlySet<string>>;
  /** Each host that needs a person, once: hosts awaiting an answer first, then failed ones. */
  needs: Accessor<Need[]>;
  /** Attention items about rollouts. */
  rolloutNeeds: Accessor<AttentionItem[]>;
  /** Attention items about neither a host nor a rollout. */
  otherNeeds: Accessor<AttentionItem[]>;
  /** Number of hosts, rollouts and other things that need a person. */
  waiting: Accessor<number>;
  /** Active rollouts and the last ended ones, newest first. */
  rollouts: Accessor<RolloutSummary[]>;
  rollout(id: string): RolloutSummary | undefined;
  /** The last events, oldest first. */
  events: Accessor<Event[]>;
  target: Accessor<Target | null>;
};

const collator = new Intl.Collator('en', { numeric: true });

/** `state`: null before the first one. */
export function createLiveState(state: Accessor<FeedState | null>): LiveState {
  const byName = createMemo<Host[]>((before) => {
    const hosts = [...(state()?.hosts.values() ?? [])];
    // The order is kept while the names stay: sorting 5,000 hosts at each change would be felt.
    const isSame =
      hosts.length === before.length && before.every(({ id, name }) => state()?.hosts.get(id)?.name === name);
    return isSame
      ? before.map((host) => state()?.hosts.get(host.id) ?? host)
      : hosts.sort((one, other) => collator.compare(one.name, other.name));
  }, []);
  const ids = createMemo(() => new Map(byName().map(({ id, name }) => [name, id])));
  const queued = createMemo(() => {
    const found = new Map<string, Command[]>();
    for (const command of state()?.commands.values() ?? [])
      if (command.status === 'QUEUED') found.set(command.hostId, [...(found.get(command.hostId) ?? []), command]);
    return found;
  });
  const attention = createMemo(() => (state()?.attention ?? []).filter(isAboutHost));
  const rolloutNeeds = createMemo(() => (state()?.attention ?? []).filter(({ rolloutId }) => rolloutId !== null));
  const otherNeeds = createMemo(() =>
    (state()?.attention ?? []).filter(({ hostId, rolloutId }) => hostId === null && rolloutId === null),
  );
  const latest = (hostId: string): Command | undefined => {
    const id = state()?.latest.get(hostId);
    return id === undefined ? undefined : state()?.commands.get(id);
  };

  const needs = createMemo(() => needsOf({ attention: attention(), hosts: byName(), latest }));

  return {
    isKnown: createMemo(() => state() !== null),
    hosts: byName,
    host: (idOrName) => state()?.hosts.get(idOrName) ?? state()?.hosts.get(ids().get(idOrName) ?? ''),
    command: (id) => state()?.commands.get(id),
    latest,
    commands: () => [...(state()?.commands.values() ?? [])],
    untracked(hostId) {
      const host = state()?.hosts.get(hostId);
      return host ? untrackedOn(host) : null;
    },
    queued: (hostId) => queued().get(hostId) ?? [],
    attention,
    needy: createMemo(() => new Set(attention().map(({ hostId }) => hostId))),
    needs,
    rolloutNeeds,
    otherNeeds,
    waiting: createMemo(() => needs().length + rolloutNeeds().length + otherNeeds().length),
    rollouts: createMemo(() => [...(state()?.rollouts.values() ?? [])].reverse()),
    rollout: (id) => state()?.rollouts.get(id),
    events: createMemo<Event[]>((before) => {
      const events = state()?.events ?? [];
      return events.at(-1) === before.at(-1) && events.length === before.length ? before : [...events];
    }, []),
    target: createMemo(() => state()?.target ?? null),
  };
}
