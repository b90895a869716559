import { type Step, unchanged } from './effect.ts';
import type { LifecycleEvent } from './event.ts';
import type { CommandRecord } from './record.ts';
import type { Row } from './row.ts';
import { TRANSITIONS } from './table.ts';

/**
 * The one place that decides a status: pure, without clock, I/O or randomness. An event that fits no row changes nothing.
 * @param rows The transition table; only tests pass another one.
 */
export function reduce(record: CommandRecord, event: LifecycleEvent, rows: readonly Row[] = TRANSITIONS): Step {
  const row = rows.find(
    ({ on, from, when }) => on === event.type && from.includes(record.command.status) && when(record, event),
  );
  if (!row) return unchanged(record);
  const { again, ...step } = row.then(record, event);
  if (!again) return step;
  const next = reduce(step.record, event, rows);
  return { record: next.record, effects: [...step.effects, ...next.effects] };
}
