import { SwitchyardError } from '../../shared/api/errors.ts';
import { type Command, isActive } from '../../shared/model/command.ts';
import type { DecisionWord, GuardState } from '../../shared/ops/guard.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { Principal } from '../auth/principal.ts';
import type { Engine } from '../engine/engine.ts';
import type { Sessions } from '../engine/sessions.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import { type ChangeDeps, changeCommand } from './change-command.ts';

/** People's decisions about guarded activations. */
export type Decisions = {
  /**
   * Returns the command once the decision is durable. Throws `unknown_command`, `forbidden`, `not_guarded`, `activation_running`,
   * `already_decided`.
   */
  decide(commandId: string, word: DecisionWord, principal: Principal): Promise<Command>;
};

export type DecisionsDeps = ChangeDeps & {
  clock: Clock;
  engine: Pick<Engine, 'apply'>;
  sessions: Pick<Sessions, 'of'>;
};

/** Steps that the host has begun already, on its own or by a person's decision. */
const DECIDED_THERE: Readonly<Partial<Record<GuardState, string>>> = {
  keeping: 'Its host keeps it already',
  undoing: 'Its host is undoing it already',
  rebooting: 'Its host undid it, and reboots',
  failed: 'Its host tried to undo it already',
};

export function createDecisions(deps: DecisionsDeps): Decisions {
  const { clock, engine, roster, sessions } = deps;

  /** Why it is too late; null if it is not. */
  function tooLate({ command, guard }: CommandRecord, word: DecisionWord): string | null {
    const { id, hostId, decision } = command;
    if (decision) return `${decision.actor} decided at ${new Date(decision.at).toISOString()}: ${decision.word}`;
    if (!guard) return command.evidence?.guarded ? `It ended ${command.status}` : null;
    if (guard.failed && word === 'keep') return 'Its activation failed: its host is undoing it already';
    const said = roster.byId(hostId)?.known?.report.guard;
    return said?.commandId === id ? (DECIDED_THERE[said.state] ?? null) : null;
  }

  /** The refusal for a command that has no decision open. */
  function tooEarly({ command: { id, hostId, status, op } }: CommandRecord): SwitchyardError {
    if (!isActive(status)) return new SwitchyardError('not_guarded', `${op} ended ${status}, and no guard watched it`);
    const isArmed = roster.byId(hostId)?.known?.report.guard?.commandId === id;
    return isArmed
      ? new SwitchyardError(
          'activation_running',
          `${op} still activates, under its guard. It can be kept or undone once that has ended; a forced kill undoes it now`,
        )
      : new SwitchyardError('not_guarded', `${op} is ${status}: its activation has not begun, or has no guard`);
  }

  return {
    decide: (commandId, word, principal) =>
      changeCommand(deps, commandId, principal, {
        op: ({ op }) => op,
        make(record) {
          const late = tooLate(record, word);
          if (late !== null) throw new SwitchyardError('already_decided', late);
          if (!record.guard) throw tooEarly(record);
          // A host that has no welcome yet counts too: the decision leaves once it is stored, which is after the welcome.
          const online = sessions.of(record.command.hostId) !== null;
          engine.apply(commandId, { type: 'decide', at: clock.now(), actor: principal.actor, word, online });
        },
      }),
  };
}
