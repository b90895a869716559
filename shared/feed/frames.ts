import { type Static, Type } from 'typebox';
import { AttentionItem } from '../model/attention.ts';
import { Command } from '../model/command.ts';
import { Event } from '../model/event.ts';
import { Host } from '../model/host.ts';
import { RolloutHost, RolloutSummary } from '../model/rollout.ts';
import { Target } from '../model/target.ts';
import { Count, Time, Uuid } from '../schema.ts';

/** The frames of the live feed, `GET /ws/dashboard` (docs/protocol.md section 5). */

/** One change: always the whole new value. */
export const FeedChange = Type.Union([
  Type.Object({ type: Type.Literal('host'), host: Host }),
  Type.Object({ type: Type.Literal('host_removed'), hostId: Uuid }),
  Type.Object({ type: Type.Literal('command'), command: Command }),
  Type.Object({ type: Type.Literal('event'), event: Event }),
  Type.Object({ type: Type.Literal('attention'), attention: Type.Array(AttentionItem) }),
  Type.Object({ type: Type.Literal('target'), target: Target }),
  Type.Object({ type: Type.Literal('rollout'), rollout: RolloutSummary }),
  /** Where a host of a rollout stands now; the state keeps none of it. */
  Type.Object({ type: Type.Literal('rollout_host'), rolloutId: Uuid, ...Type.Omit(RolloutHost, ['host']).properties }),
]);
export type FeedChange = Static<typeof FeedChange>;

/** Everything that a client needs to start. */
export const FeedSnapshot = Type.Object({
  hosts: Type.Array(Host),
  /** Active commands, and each host's latest. */
  commands: Type.Array(Command),
  /** The last events, oldest first. */
  events: Type.Array(Event),
  attention: Type.Array(AttentionItem),
  target: Target,
  /** Active ones and the last ones, oldest first. */
  rollouts: Type.Array(RolloutSummary),
});
export type FeedSnapshot = Static<typeof FeedSnapshot>;

const WholeState = { epoch: Uuid, version: Count, serverTime: Time, state: FeedSnapshot };

export const FeedFrame = Type.Union([
  Type.Object({ type: Type.Literal('init'), ...WholeState }),
  Type.Object({ type: Type.Literal('full_state'), ...WholeState }),
  Type.Object({ type: Type.Literal('delta'), version: Count, changes: Type.Array(FeedChange) }),
  Type.Object({ type: Type.Literal('sync'), version: Count, serverTime: Time }),
  /** `next`: the offset of the following piece. Counting characters would miss it after broken UTF-8. */
  Type.Object({ type: Type.Literal('output'), commandId: Uuid, offset: Count, data: Type.String(), next: Count }),
  Type.Object({ type: Type.Literal('error'), code: Type.String(), detail: Type.String() }),
]);
export type FeedFrame = Static<typeof FeedFrame>;

/** Frames from a client, by type. */
export const FEED_REQUESTS = {
  get_state: Type.Object({ type: Type.Literal('get_state') }),
  subscribe_output: Type.Object({ type: Type.Literal('subscribe_output'), commandId: Uuid, offset: Count }),
  unsubscribe_output: Type.Object({ type: Type.Literal('unsubscribe_output'), commandId: Uuid }),
} as const;
export type FeedRequest = Static<(typeof FEED_REQUESTS)[keyof typeof FEED_REQUESTS]>;

/** Number of events in a snapshot. */
export const SNAPSHOT_EVENTS = 100;
