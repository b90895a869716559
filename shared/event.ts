import { type Static, Type } from 'typebox';
import { Count, Nullable, OneOf, Time, Uuid } from './schema.ts';

export const EVENT_LEVELS = ['info', 'success', 'warn', 'error'] as const;
export type EventLevel = (typeof EVENT_LEVELS)[number];

export const EVENT_CATEGORIES = ['audit', 'system'] as const;

/** One line of the log that people read: what happened, why, and what comes next. */
export const Event = Type.Object({
  id: Count,
  at: Time,
  level: OneOf(EVENT_LEVELS),
  /** `audit`: a person asked for it; `system`: it came about by itself. */
  category: OneOf(EVENT_CATEGORIES),
  actor: Type.String(),
  /** Where the actor was, where that is known. */
  address: Nullable(Type.String()),
  hostId: Nullable(Uuid),
  commandId: Nullable(Uuid),
  code: Type.String(),
  message: Type.String(),
  /** What is expected or asked for now. */
  next: Nullable(Type.String()),
});
export type Event = Static<typeof Event>;

/** One that has not happened yet. */
export type NewEvent = Omit<Event, 'id' | 'address'> & { address?: string | null };
