import { type Static, Type } from 'typebox';
import { ATTENTION_KINDS } from './attention.ts';
import { EVENT_LEVELS } from './event.ts';
import { Count, Message, Name, Nullable, OneOf, Time, Uuid, WhereText } from './schema.ts';

/** Notices to receivers outside (docs/protocol.md section 11). */

export const RECEIVER_KINDS = ['webhook', 'ntfy', 'slack', 'matrix', 'email', 'heartbeat'] as const;
export type ReceiverKind = (typeof RECEIVER_KINDS)[number];

/** Beside the kinds of attention: how a rollout ends well or by a person, and a host that stays away and returns. */
const MORE_KINDS = ['rollout_done', 'rollout_stopped', 'host_offline', 'host_back'] as const;

/** The words that `events` of a receiver takes. `attention` stands for every kind of attention, a level for the events of that level. */
export const EVENT_WORDS = ['attention', ...ATTENTION_KINDS, ...MORE_KINDS, ...EVENT_LEVELS] as const;
export type EventWord = (typeof EVENT_WORDS)[number];

/** `event`: chosen by its level alone; `omitted`: more came than wait for one receiver; `test`: a person asked for it. */
export const NOTICE_KINDS = [...ATTENTION_KINDS, ...MORE_KINDS, 'event', 'omitted', 'test'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** One thing that is told. */
export const Notice = Type.Object({
  /** The same each time that it is told. */
  id: Uuid,
  at: Time,
  kind: OneOf(NOTICE_KINDS),
  level: OneOf(EVENT_LEVELS),
  code: Nullable(Type.String({ maxLength: 64 })),
  /** The name of the host; null where it is about none. */
  host: Nullable(Type.String({ maxLength: 64 })),
  hostId: Nullable(Uuid),
  commandId: Nullable(Uuid),
  rolloutId: Nullable(Uuid),
  message: Message,
  next: Nullable(Message),
});
export type Notice = Static<typeof Notice>;

/** The body of a webhook: one message, with everything that it tells, oldest first. */
export const NotifyMessage = Type.Object({
  /** The same in each try, also after a restart. */
  id: Uuid,
  /** When the newest of its notices came about. */
  at: Time,
  receiver: Name,
  /** `[access] publicUrl`; null where it is not set. */
  coordinator: Nullable(Type.String()),
  title: Type.String(),
  notices: Type.Array(Type.Object({ ...Notice.properties, link: Nullable(Type.String()) })),
});
export type NotifyMessage = Static<typeof NotifyMessage>;

/** A receiver and how it stands, without anything secret. */
export const Receiver = Type.Object({
  name: Name,
  kind: OneOf(RECEIVER_KINDS),
  /** Where it is, without path and credentials. */
  address: Type.String(),
  events: Type.Array(OneOf(EVENT_WORDS)),
  where: Nullable(WhereText),
  waiting: Count,
  lastDeliveryAt: Nullable(Time),
  /** The last try that failed; null once one has worked. */
  lastError: Nullable(Type.Object({ at: Time, message: Type.String() })),
  nextTryAt: Nullable(Time),
  givenUp: Count,
  givenUpAt: Nullable(Time),
});
export type Receiver = Static<typeof Receiver>;

/** The result of a test. */
export const TestAnswer = Type.Object({
  delivered: Type.Boolean(),
  error: Nullable(Type.String()),
});
export type TestAnswer = Static<typeof TestAnswer>;
