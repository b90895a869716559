import { ACTIVE_STATUSES, type Status, TERMINAL_STATUSES } from '../../shared/command.ts';
import type { Step } from './effect.ts';
import type { EventOf, LifecycleEvent, LifecycleEventType } from './event.ts';
import type { CommandRecord } from './record.ts';

/**
 * One row of the transition table (docs/lifecycle.md). The first row of the table that fits applies; where none fits,
 * nothing happens. `to` says which statuses the row may lead to: docs/lifecycle.md is drawn from it, and a test holds it.
 */
export type Row = {
  name: string;
  from: readonly Status[];
  on: LifecycleEventType;
  to: readonly Status[];
  when: (record: CommandRecord, event: LifecycleEvent) => boolean;
  then: (record: CommandRecord, event: LifecycleEvent) => RowStep;
};

/** `again`: the same event is put to the table once more, as a row that reads "accepted, then by its row" asks. */
export type RowStep = Step & { again?: true };

/** Writes a row with its event's own type. */
export function row<Type extends LifecycleEventType>(definition: {
  name: string;
  from: readonly Status[];
  on: Type;
  to: readonly Status[];
  when?: (record: CommandRecord, event: EventOf<Type>) => boolean;
  then: (record: CommandRecord, event: EventOf<Type>) => RowStep;
}): Row {
  const { when = () => true, then } = definition;
  return {
    ...definition,
    when: (record, event) => when(record, event as EventOf<Type>),
    then: (record, event) => then(record, event as EventOf<Type>),
  };
}

export const ANY_ACTIVE: readonly Status[] = ACTIVE_STATUSES;
export const ANY_TERMINAL: readonly Status[] = TERMINAL_STATUSES;
/** A command that the host has, or may have, and whose status waits for it to end. */
export const RUNNING: readonly Status[] = ['EXECUTING', 'KILLING'];
