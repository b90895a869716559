import type { Command } from '../../../shared/model/command.ts';
import type { Clock } from '../../../shared/time/clock.ts';
import type { Store } from '../../store/port.ts';
import type { Book } from './book.ts';
import type { RolloutRefusals } from './refusals.ts';
import { commandIdsOf } from './rollout-state.ts';
import type { Runner } from './runner.ts';

/** The decisions of people on rollouts. */
export type RolloutDecision =
  | { type: 'approve' | 'pause' | 'retry' }
  | { type: 'resume'; skipFailed?: boolean }
  | { type: 'stop'; undo?: 'none' | 'proven' };

export type DecisionsDeps = {
  clock: Clock;
  store: { commands: Pick<Store['commands'], 'getAll'> };
  runner: Pick<Runner, 'decide' | 'resumption'>;
  refusals: RolloutRefusals;
};

/** Applies a permitted decision to a rollout. Throws `rollout_state`, `rollout_overlap`, `quarantined`. */
export function createDecisions({ clock, store, runner, refusals }: DecisionsDeps) {
  async function commandsOf(book: Book): Promise<ReadonlyMap<string, Command>> {
    const records = await store.commands.getAll(commandIdsOf(book));
    return new Map(records.map(({ command }) => [command.id, command]));
  }

  return async function decideOn(book: Book, decision: RolloutDecision, actor: string): Promise<void> {
    const at = clock.now();
    const { id } = book.record.rollout;
    switch (decision.type) {
      case 'approve':
        if (book.record.rollout.status === 'AWAITING_APPROVAL') {
          refusals.refuseOverlap(book.rows.keys(), id);
          refusals.refuseQuarantined(book.record.rollout);
        }
        return runner.decide(book, { type: 'approve', at, actor });
      case 'pause':
        return runner.decide(book, { type: 'pause', at, actor });
      case 'retry':
        return runner.decide(book, { type: 'retry', at, actor, ...book.endsBefore() });
      case 'resume':
        return runner.decide(book, runner.resumption(book, actor, decision.skipFailed ?? false));
      case 'stop': {
        const undo = decision.undo ?? 'none';
        const commands = undo === 'proven' ? await commandsOf(book) : undefined;
        return runner.decide(book, { type: 'stop', at: clock.now(), actor, undo }, commands);
      }
    }
  };
}
