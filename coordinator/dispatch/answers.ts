import { SwitchyardError } from '../../shared/api/errors.ts';
import type { Command } from '../../shared/model/command.ts';
import type { TimeoutAnswer } from '../../shared/model/timeout-answer.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { Principal } from '../auth/principal.ts';
import type { Engine } from '../engine/engine.ts';
import type { Roster } from '../hosts/roster.ts';
import { takesAnswer } from '../lifecycle/answer.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import { type ChangeDeps, changeCommand } from './change-command.ts';
import type { Dispatcher } from './dispatcher.ts';

export type Answers = {
  /** The command as it is once the answer is durable. Throws `unknown_command`, `forbidden`, `not_timed_out`, `command_pending`. */
  answer(commandId: string, answer: TimeoutAnswer, principal: Principal): Promise<Command>;
};

export type AnswersDeps = ChangeDeps & {
  clock: Clock;
  engine: Pick<Engine, 'apply'>;
  roster: Pick<Roster, 'snapshot'>;
  dispatcher: Pick<Dispatcher, 'dispatch'>;
};

export function createAnswers(deps: AnswersDeps): Answers {
  const { clock, engine, roster, dispatcher } = deps;

  function give({ command }: CommandRecord, answer: TimeoutAnswer, actor: string): void {
    const { id, hostId } = command;
    const at = clock.now();
    if (answer.action === 'kill') {
      const { action: _, ...options } = answer;
      const kill = { op: 'kill', hosts: [hostId], options: { ...options, commandId: id } };
      const [blocked] = dispatcher.dispatch(kill, actor).answer.results.filter(({ status }) => status === 'BLOCKED');
      if (blocked) throw new SwitchyardError('command_pending', blocked.message ?? 'The kill was blocked');
    } else if (answer.action === 'wait') {
      const host = roster.snapshot(hostId);
      engine.apply(id, { type: 'wait', at, actor, minutes: answer.minutes, host });
    } else engine.apply(id, { type: 'ignore', at, actor });
  }

  return {
    answer: (commandId, answer, principal) =>
      changeCommand(deps, commandId, principal, {
        op: ({ op }) => (answer.action === 'kill' ? 'kill' : op),
        make(record) {
          const { status, timeoutStatus } = record.command;
          if (!takesAnswer(record, answer.action))
            throw new SwitchyardError(
              'not_timed_out',
              `The command is ${status} (${timeoutStatus}): ${answer.action} does not apply`,
            );
          give(record, answer, principal.actor);
        },
      }),
  };
}
