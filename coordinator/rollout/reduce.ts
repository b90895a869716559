import { isTurningPoint } from './change.ts';
import type { RolloutStepResult } from './effect.ts';
import type { RolloutEvent } from './event.ts';
import { personRows } from './person-rows.ts';
import type { RolloutRecord } from './record.ts';
import type { RolloutRow } from './row.ts';
import { watchRows } from './watch-rows.ts';

/** The whole table of a rollout; the first row that fits applies. */
export const ROLLOUT_ROWS: readonly RolloutRow[] = [...personRows, ...watchRows];

/**
 * The one place that decides about a rollout: pure, without clock, I/O or chance. An event that fits no row changes nothing.
 *
 * @param rows The table; only tests give another one.
 */
export function reduceRollout(
  record: RolloutRecord,
  event: RolloutEvent,
  rows: readonly RolloutRow[] = ROLLOUT_ROWS,
): RolloutStepResult {
  const found = rows.find(
    ({ on, from, when }) => on === event.type && from.includes(record.rollout.status) && when(record, event),
  );
  if (!found) return { record, effects: [] };
  const step = found.then(record, event);
  return isTurningPoint(record, step.record) ? { ...step, record: { ...step.record, since: event.at } } : step;
}
