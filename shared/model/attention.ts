import { type Static, Type } from 'typebox';
import { Nullable, OneOf, Time, Uuid } from '../schema.ts';

export const ATTENTION_KINDS = [
  'timed_out',
  'kill_failed',
  'no_reconnect',
  'lost',
  'stale_binary',
  'suspicious',
  'partial',
  'duplicate_agent',
  'rollback_failed',
  'rolled_back',
  'unconfirmed',
  'rollout_failed',
  'rollout_paused',
  'rollout_approval',
  'enrolment_conflict',
  'enrolment_approval',
  'notify_failed',
  'store_rewound',
] as const;
export type AttentionKind = (typeof ATTENTION_KINDS)[number];

/** Something that waits for a person (docs/protocol.md section 3, `GET /api/attention`). */
export const AttentionItem = Type.Object({
  kind: OneOf(ATTENTION_KINDS),
  /** Null if the item concerns a rollout, a receiver of notices, the store or a host that is not registered yet. */
  hostId: Nullable(Uuid),
  /** Null if it concerns the host and none of its commands. */
  commandId: Nullable(Uuid),
  /** Null if it concerns a host. */
  rolloutId: Nullable(Uuid),
  since: Time,
  /** When the coordinator acts by itself; null if it waits without limit. */
  lapsesAt: Nullable(Time),
  message: Type.String(),
});
export type AttentionItem = Static<typeof AttentionItem>;

/** Whether the item concerns a registered host. */
export type HostAttention = AttentionItem & { hostId: string };
export const isAboutHost = (item: AttentionItem): item is HostAttention => item.hostId !== null;
