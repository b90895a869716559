import type { RolloutStatus } from '../../shared/model/rollout.ts';
import type { RolloutStepResult } from './effect.ts';
import type { RolloutEvent, RolloutEventOf, RolloutEventType } from './event.ts';
import type { RolloutRecord } from './record.ts';

/** One row of the rollout's table; the first that fits applies. `to`: the statuses that it may lead to; a test checks them. */
export type RolloutRow = {
  name: string;
  from: readonly RolloutStatus[];
  on: RolloutEventType;
  to: readonly RolloutStatus[];
  when: (record: RolloutRecord, event: RolloutEvent) => boolean;
  then: (record: RolloutRecord, event: RolloutEvent) => RolloutStepResult;
};

/** Types a row by its event. */
export function row<Type extends RolloutEventType>(definition: {
  name: string;
  from: readonly RolloutStatus[];
  on: Type;
  to: readonly RolloutStatus[];
  when?: (record: RolloutRecord, event: RolloutEventOf<Type>) => boolean;
  then: (record: RolloutRecord, event: RolloutEventOf<Type>) => RolloutStepResult;
}): RolloutRow {
  const { when = () => true, then } = definition;
  return {
    ...definition,
    when: (record, event) => when(record, event as RolloutEventOf<Type>),
    then: (record, event) => then(record, event as RolloutEventOf<Type>),
  };
}
