import { type Static, Type } from 'typebox';
import { Count, Message, Name, Nullable, OneOf, Time, Uuid, WhereText } from '../schema.ts';
import { ATTENTION_KINDS } from './attention.ts';
import { EVENT_LEVELS } from './event.ts';

/** Notices to outside receivers (docs/protocol.md section 11). */

export const RECEIVER_KINDS = ['webhook', 'ntfy', 'slack', 'matrix', 'email', 'heartbeat'] as const;
export type ReceiverKind = (typeof RECEIVER_KINDS)[number];

/** Kinds besides those of attention: a rollout's good end or stop, and a host's absence and return. */
const MORE_KINDS = ['rollout_done', 'rollout_stopped', 'host_offline', 'host_back'] as const;

/** The words for a receiver's `events`. `attention` stands for every kind of attention, a level for the events of that level. */
export const EVENT_WORDS = ['attention', ...ATTENTION_KINDS, ...MORE_KINDS, ...EVENT_LEVELS] as const;
export type EventWord = (typeof EVENT_WORDS)[number];

/** `event`: chosen by its level alone; `omitted`: notices beyond the receiver's bound were dropped; `test`: a person asked for it. */
const NOTICE_KINDS = [...ATTENTION_KINDS, ...MORE_KINDS, 'event', 'omitted', 'test'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** One piece of news for a receiver. */
export const Notice = Type.Object({
  /** The same each time it is sent. */
  id: Uuid,
  at: Time,
  kind: OneOf(NOTICE_KINDS),
  level: OneOf(EVENT_LEVELS),
  code: Nullable(Type.String({ maxLength: 64 })),
  /** The host's name; null if it concerns no host. */
  host: Nullable(Type.String({ maxLength: 64 })),
  hostId: Nullable(Uuid),
  commandId: Nullable(Uuid),
  rolloutId: Nullable(Uuid),
  message: Message,
  next: Nullable(Message),
});
export type Notice = Static<typeof Notice>;

/** A webhook's body: one message with its notices, oldest first. */
export const NotifyMessage = Type.Object({
  /** The same in each try, even after a restart. */
  id: Uuid,
  /** The time of its newest notice. */
  at: Time,
  receiver: Name,
  /** `[access] publicUrl`; null if not set. */
  coordinator: Nullable(Type.String()),
  title: Type.String(),
  notices: Type.Array(Type.Object({ ...Notice.properties, link: Nullable(Type.String()) })),
});
export type NotifyMessage = Static<typeof NotifyMessage>;

/** A receiver and its state, without secrets. */
export const Receiver = Type.Object({
  name: Name,
  kind: OneOf(RECEIVER_KINDS),
  /** Its address, without path and credentials. */
  address: Type.String(),
  events: Type.Array(OneOf(EVENT_WORDS)),
  where: Nullable(WhereText),
  waiting: Count,
  lastDeliveryAt: Nullable(Time),
  /** The last failed try; null after a success. */
  lastError: Nullable(Type.Object({ at: Time, message: Type.String() })),
  nextTryAt: Nullable(Time),
  givenUp: Count,
  givenUpAt: Nullable(Time),
});
export type Receiver = Static<typeof Receiver>;

/** A test's result. */
export const TestAnswer = Type.Object({
  delivered: Type.Boolean(),
  error: Nullable(Type.String()),
});
export type TestAnswer = Static<typeof TestAnswer>;
