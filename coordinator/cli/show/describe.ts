import { assertNever } from '../../../shared/assert-never.ts';
import type { Command, Progress } from '../../../shared/model/command.ts';
import { FORCIBLE, isAlreadyCurrent, PASSING, whatIsLeft } from '../../../shared/model/outcomes.ts';
import { runTime } from '../../../shared/model/run-time.ts';
import { actsOnCommands } from '../../../shared/ops/ops.ts';
import { age, clockSpan } from '../../../shared/time/spans.ts';
import type { Times } from '../terminal/times.ts';

export type DescribeDeps = {
  /** The coordinator's clock. */
  now: number;
  times: Times;
  /** The name of the command's host. */
  host: string;
  /** The op that would be right instead. */
  alternative?: string | null;
};

/** A command's details beside its status, in one line. */
export function describe(command: Command, deps: DescribeDeps): string {
  const { now, times, host, alternative } = deps;
  const { status, op } = command;
  const ran = runTime(command, now);
  const span = ran === null ? '' : clockSpan(ran);
  switch (status) {
    case 'QUEUED':
      return [said(command), command.queuedUntil !== null && `waits until ${times.clock(command.queuedUntil, now)}`]
        .filter(Boolean)
        .join('; ');
    case 'PENDING':
      return pending(command, now);
    case 'EXECUTING':
      return executing(command, span, now);
    case 'KILLING':
      return killing(command, now);
    case 'AWAITING_POST_CHECK':
      return `${span}  ${command.decision?.word === 'keep' ? 'is being kept' : 'waits for fresh data'}`;
    case 'AWAITING_RECONNECT':
      return `${span}  ${awaited(command)}${left(command.reconnectBy, now)}`;
    case 'SUCCESS':
      if (command.targetCommandId !== null) return said(command);
      return `${span}${command.verdict ? `  agent ${command.verdict.freshness}` : ''}`;
    case 'KILLED':
      return killed(command);
    case 'BLOCKED':
      return alternative
        ? `${command.code}; try: switchyard run ${alternative} --on ${host}`
        : `${isAlreadyCurrent(command) ? '' : `${command.code}: `}${said(command)}${wayOut(command)}`;
    case 'ERROR':
      return `${after(span)}${howItEnded(command)}${command.acceptedAt !== null && op !== 'kill' ? `; read: switchyard logs ${command.id}` : ''}`;
    case 'PARTIAL':
    case 'TIMEOUT':
    case 'STALE_BINARY':
    case 'SUSPICIOUS':
    case 'ABORTED_BY_REBOOT':
    case 'LOST':
    case 'ROLLED_BACK':
      return `${after(span)}${howItEnded(command)}`;
    case 'CANCELLED':
    case 'EXPIRED':
      return said(command);
    default:
      return assertNever(status);
  }
}

function pending({ dispatchedAt, createdAt, timeoutStatus }: Command, now: number): string {
  const waited = clockSpan(now - (dispatchedAt ?? createdAt));
  return timeoutStatus === 'TIMED_OUT' ? `TIMED_OUT not accepted for ${waited}` : `sent ${waited} ago`;
}

/** A guarded activation needs more than the agent's return. */
const awaited = ({ evidence, decision, verdict }: Command): string => {
  if (!evidence?.guarded) return 'waits for the agent';
  if (decision?.word === 'keep') return 'is kept once the agent is there to get the decision';
  if (decision?.word === 'undo' || evidence.failure) return 'is being undone';
  return verdict ? 'is back; kept once it has stayed for 15 s' : 'waits for the agent, else goes back by itself';
};

/** A command that never ran has no run time. */
const after = (span: string): string => (span === '' ? '' : `${span}  `);

const said = ({ message, code }: Command): string => message ?? code ?? '';

/** A remedy with the same verb. */
function wayOut({ code, op }: Command): string {
  if (actsOnCommands(op)) return '';
  if (PASSING.has(code ?? '')) return '; to wait for it: --queue 2h';
  return FORCIBLE.has(code ?? '') ? '; to run it anyway: --force' : '';
}

function howItEnded(command: Command): string {
  const { code, exitCode, signal } = command;
  if (code === 'exit_nonzero' && exitCode !== null) {
    const { errorLine } = command.evidence ?? {};
    return `exit ${exitCode}${errorLine ? `: ${errorLine.text}` : ''}`;
  }
  const exit = exitCode ? `exit ${exitCode}: ` : signal ? `${signal}: ` : code ? `${code}: ` : '';
  return `${exit}${said(command)}`;
}

function executing(command: Command, span: string, now: number): string {
  const { timeoutStatus, timeoutAt, progress, kill } = command;
  if (kill?.stage === 'failed') return `${span}  kill_failed: ${command.hint ?? 'reboot the host'}`;
  const state = timeoutStatus === 'NORMAL' ? '' : `${timeoutStatus} `;
  const asks = timeoutStatus === 'WARNING' && timeoutAt !== null ? `, asks in ${clockSpan(timeoutAt - now)}` : '';
  return `${state}${span}${asks}${progress ? `  ${formatProgress(progress)}` : ''}`;
}

function formatProgress({ phase, current, total, text }: Progress): string {
  const count = current === null ? '' : ` ${current}${total === null ? '' : `/${total}`}`;
  return `${phase}${count}${text === null ? '' : ` ${text}`}`;
}

function killing({ kill }: Command, now: number): string {
  if (!kill) return '';
  if (kill.stage === 'deferred') return 'waits for the activation to end';
  return `${kill.escalatedAt === null ? kill.signal : 'SIGKILL'} ${clockSpan(now - kill.requestedAt)}`;
}

function killed(command: Command): string {
  const { kill } = command;
  if (!kill || kill.confirmedAt === null) return said(command);
  const signals = kill.escalatedAt === null || kill.signal === 'SIGKILL' ? kill.signal : 'SIGTERM, then SIGKILL';
  const left = command.evidence?.unfound ? `; ${whatIsLeft(command.evidence)}` : '';
  return `${signals}, gone in ${took(kill.confirmedAt - kill.requestedAt)}${left}`;
}

const took = (ms: number): string => (ms < 1000 ? 'under 1 s' : age(ms));

const left = (until: number | null, now: number): string =>
  until === null || until < now ? '' : `, ${clockSpan(until - now)} left`;
