import { ACTIVE_STATUSES, type Status, TERMINAL_STATUSES } from '../../shared/model/command.ts';
import type { Step } from './effect.ts';
import type { EventOf, LifecycleEvent, LifecycleEventType } from './event.ts';
import type { CommandRecord } from './record.ts';

/**
 * One row of the transition table (docs/lifecycle.md). The first row that fits applies; if none fits, nothing happens. `to` names
 * the statuses that the row may lead to: docs/lifecycle.md is drawn from it, and a test enforces it.
 */
export type Row = {
  name: string;
  from: readonly Status[];
  on: LifecycleEventType;
  to: readonly Status[];
  when: (record: CommandRecord, event: LifecycleEvent) => boolean;
  then: (record: CommandRecord, event: LifecycleEvent) => RowStep;
};

/** `again`: put the same event to the table once more, for a row that reads "accepted, then by its row". */
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
/** A command that the host has, or may have, and whose status waits for its end. */
export const RUNNING: readonly Status[] = ['EXECUTING', 'KILLING'];
