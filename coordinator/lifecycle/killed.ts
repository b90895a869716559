import { OUTCOMES, whatIsLeft } from '../../shared/model/outcomes.ts';
import type { CommandExited } from '../../shared/wire/protocol.ts';
import type { KillOutcome } from './event.ts';
import type { CommandRecord, Ending } from './record.ts';

/** An end by a kill, which claims no more than the host could see. */

export const wasSignalledByUs = ({ kill }: CommandExited): boolean =>
  !!kill && (kill.termAt !== null || kill.killAt !== null);

/** An end by a kill: signals were sent, or seen to be sent, before the process ended. */
export const wasKilled = ({ signalled }: CommandRecord, exit: CommandExited): boolean =>
  signalled || wasSignalledByUs(exit);

function killedMessage({ command: { kill } }: CommandRecord, exit: CommandExited): string {
  const signal = exit.kill?.killAt || kill?.escalatedAt ? 'SIGKILL' : 'SIGTERM';
  return kill?.stage === 'failed'
    ? `Killed by ${signal}, after the kill was given up; check whether anything of it is left`
    : `Killed by ${signal}; ${whatIsLeft(exit.evidence)}`;
}

/** How the kill's own command ends if its target was killed. */
export const killOutcome = ({ evidence }: CommandExited): KillOutcome => {
  switch (evidence?.unfound) {
    case 'output_held':
      return 'held';
    case 'not_visible':
      return 'unseen';
    default:
      return 'gone';
  }
};

/** Advice for a person. */
const killedHint = ({ evidence }: CommandExited): string | null =>
  evidence?.unfound === 'output_held' ? OUTCOMES.kill_unproved.hint : null;

export const howKilled = (record: CommandRecord, exit: CommandExited): Ending => ({
  status: 'KILLED',
  code: 'killed',
  message: killedMessage(record, exit),
  hint: killedHint(exit),
});
