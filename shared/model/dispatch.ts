import { type Static, Type } from 'typebox';
import { Count, Duration, Name, Nullable, OneOf, PersonName, Time, Uuid, WhereText } from '../schema.ts';
import { STATUSES } from './command.ts';

/** Body of `POST /api/dispatch` (docs/protocol.md section 3, Dispatch). */
export const DispatchRequest = Type.Object(
  {
    op: Type.String({ minLength: 1, maxLength: 64 }),
    /** Ids or names. */
    hosts: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 20_000 })),
    /** Every host that has one of these tags, in union with `hosts`. */
    tags: Type.Optional(Type.Array(Name, { maxItems: 100 })),
    /** Only those of them that fit; without `hosts` and `tags`, every host that fits (docs/where.md). */
    where: Type.Optional(WhereText),
    options: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    force: Type.Optional(Type.Boolean()),
    queueMs: Type.Optional(Duration),
  },
  { additionalProperties: false },
);
export type DispatchRequest = Static<typeof DispatchRequest>;

export const DispatchResult = Type.Object({
  hostId: Uuid,
  host: Type.String(),
  commandId: Uuid,
  status: OneOf(STATUSES),
  code: Nullable(Type.String()),
  message: Nullable(Type.String()),
  /** An op that would be right now. */
  alternative: Nullable(Type.String()),
});
export type DispatchResult = Static<typeof DispatchResult>;

export const DispatchAnswer = Type.Object({
  dispatchId: Uuid,
  results: Type.Array(DispatchResult),
  summary: Type.Object({ accepted: Count, queued: Count, blocked: Count }),
});
export type DispatchAnswer = Static<typeof DispatchAnswer>;

/** A dispatch in a list. */
export const DispatchSummary = Type.Object({
  id: Uuid,
  op: Type.String(),
  requestedBy: Type.String(),
  requestedByName: PersonName,
  createdAt: Time,
  /** How many hosts it named. */
  hosts: Count,
  /** Counts its stored commands by status. */
  statuses: Type.Record(Type.String(), Count),
});
export type DispatchSummary = Static<typeof DispatchSummary>;

/** A dispatch's request and answer. */
export const Dispatch = Type.Object({
  id: Uuid,
  op: Type.String(),
  requestedBy: Type.String(),
  requestedByName: PersonName,
  createdAt: Time,
  results: Type.Array(DispatchResult),
});
export type Dispatch = Static<typeof Dispatch>;
