import { type Static, Type } from 'typebox';
import { Name, Nullable, OneOf, Time } from '../schema.ts';

/** A window in which hosts may be activated and rebooted: `[windows.NAME]` of CONFIG (docs/rollouts.md, Windows). */

/** Days in the order of cron's numbers. */
export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Day = (typeof DAYS)[number];

export const WindowView = Type.Object({
  name: Name,
  /** Days on which it opens. */
  days: Type.Array(OneOf(DAYS)),
  /** HH:MM. A `from` after `to` crosses midnight. */
  from: Type.String(),
  to: Type.String(),
  timezone: Type.String(),
  /** Binds hosts with one of these tags; null: all hosts. */
  tags: Nullable(Type.Array(Name)),
  open: Type.Boolean(),
  /** When it next closes or opens; null if never. */
  until: Nullable(Time),
});
export type WindowView = Static<typeof WindowView>;
