import { type Static, Type } from 'typebox';
import { Nullable, OneOf, Time, Uuid } from './schema.ts';

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
] as const;
export type AttentionKind = (typeof ATTENTION_KINDS)[number];

/** Something that waits for a person (docs/protocol.md section 3, `GET /api/attention`). */
export const AttentionItem = Type.Object({
  kind: OneOf(ATTENTION_KINDS),
  hostId: Uuid,
  /** Null for an item about the host itself. */
  commandId: Nullable(Uuid),
  since: Time,
  /** When the coordinator acts by itself; null where it waits without limit. */
  lapsesAt: Nullable(Time),
  message: Type.String(),
});
export type AttentionItem = Static<typeof AttentionItem>;
