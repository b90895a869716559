import type { FeedChange } from '../../shared/feed/frames.ts';
import type { FeedState } from '../../shared/feed/state.ts';
import type { AttentionItem } from '../../shared/model/attention.ts';
import type { Command } from '../../shared/model/command.ts';
import type { Event } from '../../shared/model/event.ts';
import type { Host } from '../../shared/model/host.ts';
import type { RolloutHost, RolloutSummary } from '../../shared/model/rollout.ts';
import type { Target } from '../../shared/model/target.ts';
import type { Change } from '../engine/changes.ts';
import type { Guard } from '../engine/guard.ts';

/**
 * Changes that are sent together. However often a host changes meanwhile, its view is made once. For a command every change of status is
 * kept, and the last change between two of them.
 */
export type LiveFeedBatch = {
  add(change: Change): void;
  isEmpty(): boolean;
  /** The changes against `state`, which holds everything sent before; empties the batch. */
  take(state: FeedState): FeedChange[];
};

export type LiveFeedBatchDeps = {
  host: (hostId: string) => Host | null;
  attention: () => AttentionItem[];
  rollout: (id: string) => RolloutSummary | null;
  rolloutHost: (id: string, hostId: string) => RolloutHost | null;
  guard: Guard;
};

export function createLiveFeedBatch({
  host,
  attention,
  rollout,
  rolloutHost,
  guard,
}: LiveFeedBatchDeps): LiveFeedBatch {
  const hosts = new Set<string>();
  const removed = new Set<string>();
  const commands = new Map<string, Command>();
  const rollouts = new Set<string>();
  const rolloutHosts = new Map<string, { rolloutId: string; hostId: string }>();
  let events: Event[] = [];
  let target: Target | null = null;
  let asksAttention = false;
  let isEmpty = true;

  function add(change: Change): void {
    if (change.type === 'output') return;
    isEmpty = false;
    if (change.type === 'host') hosts.add(change.hostId);
    else if (change.type === 'event') events.push(change.event);
    else if (change.type === 'target') target = change.target;
    else if (change.type === 'rollout') rollouts.add(change.rolloutId);
    else if (change.type === 'rollout_host') rolloutHosts.set(`${change.rolloutId} ${change.hostId}`, change);
    else asksAttention = true;
    if (change.type === 'host_removed') removed.add(change.hostId);
    if (change.type === 'command') commands.set(`${change.command.id} ${change.command.rev}`, change.command);
  }

  function changes(state: FeedState): FeedChange[] {
    const made: FeedChange[] = [];
    // Hosts first, because a command of an unknown host is not kept.
    for (const hostId of hosts)
      guard('what is shown of a host', () => {
        const view = removed.has(hostId) ? null : host(hostId);
        if (view) made.push({ type: 'host', host: view });
      });
    for (const command of commands.values()) made.push({ type: 'command', command });
    for (const hostId of removed) made.push({ type: 'host_removed', hostId });
    // Changes that came while the state was read may be in it.
    const known = state.events.at(-1)?.id ?? 0;
    for (const event of events) if (event.id > known) made.push({ type: 'event', event });
    if (asksAttention)
      guard('what waits for a person', () => {
        const items = attention();
        if (JSON.stringify(items) !== JSON.stringify(state.attention))
          made.push({ type: 'attention', attention: items });
      });
    if (target) made.push({ type: 'target', target });
    for (const rolloutId of rollouts)
      guard('what is shown of a rollout', () => {
        const summary = rollout(rolloutId);
        if (summary) made.push({ type: 'rollout', rollout: summary });
      });
    for (const { rolloutId, hostId } of rolloutHosts.values())
      guard('what is shown of a host of a rollout', () => {
        const found = rolloutHost(rolloutId, hostId);
        if (!found) return;
        const { host: _, ...known } = found;
        made.push({ type: 'rollout_host', rolloutId, ...known });
      });
    return made;
  }

  return {
    add,
    isEmpty: () => isEmpty,
    take(state) {
      const taken = changes(state);
      hosts.clear();
      removed.clear();
      rollouts.clear();
      rolloutHosts.clear();
      commands.clear();
      events = [];
      target = null;
      asksAttention = false;
      isEmpty = true;
      return taken;
    },
  };
}
