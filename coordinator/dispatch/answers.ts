import type { Clock } from '../../shared/clock.ts';
import type { Command } from '../../shared/command.ts';
import { SwitchyardError } from '../../shared/errors.ts';
import type { TimeoutAnswer } from '../../shared/timeout-answer.ts';
import { permitOp } from '../auth/permissions.ts';
import type { Principal } from '../auth/principal.ts';
import type { Engine } from '../engine/engine.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Roster } from '../hosts/roster.ts';
import { takesAnswer } from '../lifecycle/answer.ts';
import type { Dispatcher } from './dispatcher.ts';

export type Answers = {
  /** The command as it is once the answer is durable. Throws `unknown_command`, `forbidden`, `not_timed_out`, `command_pending`. */
  answer(commandId: string, answer: TimeoutAnswer, principal: Principal): Promise<Command>;
};

export type AnswersDeps = {
  clock: Clock;
  engine: Pick<Engine, 'apply'>;
  ledger: Ledger;
  roster: Roster;
  dispatcher: Pick<Dispatcher, 'dispatch'>;
};

export function createAnswers({ clock, engine, ledger, roster, dispatcher }: AnswersDeps): Answers {
  /** Resolves when it is durable. */
  function give(commandId: string, answer: TimeoutAnswer, principal: Principal): Promise<void> {
    const { actor } = principal;
    const record = ledger.get(commandId);
    if (!record) throw unknown(commandId);
    const { op, status, timeoutStatus, hostId } = record.command;
    permitOp(principal, answer.action === 'kill' ? 'kill' : op, [
      roster.byId(hostId) ?? { name: 'a host that was removed', tags: [] },
    ]);
    if (!takesAnswer(record, answer.action))
      throw new SwitchyardError(
        'not_timed_out',
        `The command is ${status} (${timeoutStatus}): ${answer.action} does not apply`,
      );
    const at = clock.now();
    if (answer.action === 'kill') {
      const { action: _, ...options } = answer;
      const { answer: given } = dispatcher.dispatch(
        { op: 'kill', hosts: [hostId], options: { ...options, commandId } },
        actor,
      );
      const [blocked] = given.results.filter((result) => result.status === 'BLOCKED');
      if (blocked) throw new SwitchyardError('command_pending', blocked.message ?? 'The kill was blocked');
    } else if (answer.action === 'wait') {
      const host = roster.snapshot(hostId);
      engine.apply(commandId, { type: 'wait', at, actor, minutes: answer.minutes, host });
    } else engine.apply(commandId, { type: 'ignore', at, actor });
    return ledger.commit();
  }

  return {
    async answer(commandId, answer, principal) {
      await ledger.withRecords([commandId], () => give(commandId, answer, principal));
      const record = await ledger.committed(commandId);
      if (!record) throw unknown(commandId);
      return record.command;
    },
  };
}

const unknown = (commandId: string): SwitchyardError =>
  new SwitchyardError('unknown_command', `No command has the id ${commandId}`);
