import { type Static, Type } from 'typebox';
import { Count, Nullable, OneOf, PersonName, Time, Uuid } from '../schema.ts';

export const EVENT_LEVELS = ['info', 'success', 'warn', 'error'] as const;
export type EventLevel = (typeof EVENT_LEVELS)[number];

export const EVENT_CATEGORIES = ['audit', 'system'] as const;
export type EventCategory = (typeof EVENT_CATEGORIES)[number];

/** One line of the log for people: what happened, why, and what comes next. */
export const Event = Type.Object({
  id: Count,
  at: Time,
  level: OneOf(EVENT_LEVELS),
  /** `audit`: a person asked for it; `system`: anything else. */
  category: OneOf(EVENT_CATEGORIES),
  actor: Type.String(),
  actorName: PersonName,
  /** The actor's address, if known. */
  address: Nullable(Type.String()),
  hostId: Nullable(Uuid),
  commandId: Nullable(Uuid),
  code: Type.String(),
  message: Type.String(),
  /** The next expected step, or a step for a person. */
  next: Nullable(Type.String()),
});
export type Event = Static<typeof Event>;

/** An event that is not stored yet. */
export type NewEvent = Omit<Event, 'id' | 'address'> & { address?: string | null };

/** An event as a table writes it. The change gives its subject and time. */
export type EventWords = Pick<NewEvent, 'level' | 'category' | 'actor' | 'code' | 'message' | 'next'>;

/** The parts of an event that its source knows; an absent one is null. */
export type EventDraft = Omit<NewEvent, 'hostId' | 'commandId' | 'next'> &
  Partial<Pick<NewEvent, 'hostId' | 'commandId' | 'next'>>;
