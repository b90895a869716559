import { type Command, limitOf } from '../../../shared/model/command.ts';
import { isAlreadyCurrent, whatIsLeft } from '../../../shared/model/outcomes.ts';
import { lengthInWords } from '../../../shared/time/spans.ts';
import { elapsedOf } from './deadline.ts';

/** A command's state in one sentence that claims no more than is known. */
export function verdictSentence(command: Command, host: string, now: number): string {
  const { op, status, timeoutStatus, progress, kill, message, code, exitCode, signal, lateResult } = command;
  const what = `${op} on ${host}`;
  const elapsed = elapsedOf(command, now);
  const limitMs = limitOf(command);
  const limit = limitMs === null ? null : lengthInWords(limitMs);
  const after = elapsed === null ? '' : ` after ${elapsed}`;
  const why = message === null ? '' : `: ${lowerFirst(message)}`;
  const late =
    lateResult === null
      ? ''
      : ` It ended later, ${lateResult.signal === null ? `with exit code ${lateResult.exitCode}` : `by ${lateResult.signal}`}.`;
  switch (status) {
    case 'QUEUED':
      return `${what} waits for the host.`;
    case 'PENDING':
      return timeoutStatus === 'TIMED_OUT'
        ? `${what} was sent; the host has not accepted it ${limit === null ? 'in time' : `within ${limit}`}. Waiting for your decision.`
        : `${what} was sent; the host has not accepted it yet.`;
    case 'EXECUTING': {
      const phase = progress === null ? '' : `, in phase ${progress.phase}`;
      if (kill?.stage === 'failed') return `${what} could not be killed and still runs. Reboot the host.`;
      if (timeoutStatus === 'TIMED_OUT')
        return `${what} is over its ${limit === null ? '' : `${limit} `}limit${phase}. Waiting for your decision.`;
      return `${what} is running${phase}.`;
    }
    case 'KILLING':
      return `${what} is being killed${kill?.stage === 'deferred' ? ', once the activation is over' : ''}.`;
    case 'AWAITING_POST_CHECK':
      return `${what} exited well${after}. Verifying: a report from after its end has yet to come.`;
    case 'AWAITING_RECONNECT':
      return `${what} exited well${after}. Waiting for the agent to come back.`;
    case 'SUCCESS':
      return `${what} succeeded${after}${code === null ? '' : why}.`;
    case 'ERROR': {
      const how = signal !== null ? ` by ${signal}` : exitCode !== null ? ` with exit code ${exitCode}` : '';
      const { errorLine } = command.evidence ?? {};
      const reason = code === 'exit_nonzero' ? (errorLine ? `: ${errorLine.text}` : '') : why;
      return `${what} failed${after}${how}${reason.replace(/\.$/, '')}.`;
    }
    case 'PARTIAL':
      return `${what} is done, but not proved${after}${why}.`;
    case 'BLOCKED':
      return isAlreadyCurrent(command)
        ? `${what} had nothing to do: ${host} is already current.`
        : `${what} did not run${why}.`;
    case 'TIMEOUT':
      return `${what} took too long${why}.${late}`;
    case 'KILLED':
      return `${what} was killed${after}; ${whatIsLeft(command.evidence)}.`;
    case 'CANCELLED':
      return command.acceptedAt === null
        ? `${what} was cancelled before the host accepted it.`
        : `${what} is no longer tracked${lateResult === null ? '; its process may go on' : ''}.${late}`;
    case 'STALE_BINARY':
    case 'SUSPICIOUS':
      return `${what} ended${after}, but not as it should${why}.`;
    case 'ABORTED_BY_REBOOT':
      return `${what} was cut off${after}${why}.`;
    case 'ROLLED_BACK':
      return `${what} was ${code === 'superseded' ? 'overtaken' : 'undone'}${after}${why}.`;
    case 'LOST':
      return `How ${what} ended can't be known${why}.`;
    case 'EXPIRED':
      return `${what} did not run${why}.`;
  }
}

const lowerFirst = (text: string): string =>
  /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '') : text.replace(/\.$/, '');
