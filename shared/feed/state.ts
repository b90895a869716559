import type { AttentionItem } from '../model/attention.ts';
import { type Command, isActive } from '../model/command.ts';
import type { Event } from '../model/event.ts';
import type { Host } from '../model/host.ts';
import { isActiveRollout, RECENT_ROLLOUTS, type RolloutSummary } from '../model/rollout.ts';
import type { Target } from '../model/target.ts';
import { type FeedChange, type FeedSnapshot, SNAPSHOT_EVENTS } from './frames.ts';

/**
 * The state of the live feed, kept by server and clients alike through the same changes.
 * F1 A client that starts from the snapshot of a version and applies every later change has the server's state.
 * F2 A command is kept while it is active or its host's latest (ids sort by time), and only for hosts that exist.
 */
export type FeedState = {
  hosts: Map<string, Host>;
  commands: Map<string, Command>;
  /** Each host's latest command. */
  latest: Map<string, string>;
  /** Oldest first. */
  events: Event[];
  attention: AttentionItem[];
  target: Target;
  /** By id, oldest first: active ones and the last ones. */
  rollouts: Map<string, RolloutSummary>;
};

export function stateFrom({ hosts, commands, events, attention, target, rollouts }: FeedSnapshot): FeedState {
  const state: FeedState = {
    hosts: new Map(hosts.map((host) => [host.id, host])),
    commands: new Map(),
    latest: new Map(),
    events: events.slice(-SNAPSHOT_EVENTS),
    attention,
    target,
    // A coordinator of an older version has none.
    rollouts: new Map((rollouts ?? []).map((rollout) => [rollout.id, rollout])),
  };
  for (const command of commands) putCommand(state, command);
  return state;
}

export const snapshotOf = ({ hosts, commands, events, attention, target, rollouts }: FeedState): FeedSnapshot => ({
  hosts: [...hosts.values()],
  commands: [...commands.values()],
  events,
  attention,
  target,
  rollouts: [...rollouts.values()],
});

export function applyChange(state: FeedState, change: FeedChange): void {
  switch (change.type) {
    case 'host':
      state.hosts.set(change.host.id, change.host);
      break;
    case 'host_removed':
      removeHost(state, change.hostId);
      break;
    case 'command':
      putCommand(state, change.command);
      break;
    case 'event':
      state.events.push(change.event);
      if (state.events.length > SNAPSHOT_EVENTS) state.events.shift();
      break;
    case 'attention':
      state.attention = change.attention;
      break;
    case 'target':
      state.target = change.target;
      break;
    case 'rollout':
      putRollout(state, change.rollout);
      break;
    case 'rollout_host':
      break;
    default:
      // From a newer coordinator.
      change satisfies never;
  }
}

function putCommand({ hosts, commands, latest }: FeedState, command: Command): void {
  const { id, hostId, status } = command;
  if (!hosts.has(hostId)) return;
  const last = latest.get(hostId) ?? id;
  if (isActive(status) || id >= last) commands.set(id, command);
  else commands.delete(id);
  if (id < last) return;
  latest.set(hostId, id);
  const before = commands.get(last);
  if (before && last !== id && !isActive(before.status)) commands.delete(last);
}

function putRollout({ rollouts }: FeedState, rollout: RolloutSummary): void {
  rollouts.set(rollout.id, rollout);
  let recent = rollouts.size;
  for (const { id, status } of rollouts.values()) {
    if (recent <= RECENT_ROLLOUTS) break;
    if (!isActiveRollout(status)) rollouts.delete(id);
    recent -= 1;
  }
}

function removeHost({ hosts, commands, latest }: FeedState, hostId: string): void {
  hosts.delete(hostId);
  latest.delete(hostId);
  for (const { id, hostId: owner } of commands.values()) if (owner === hostId) commands.delete(id);
}
