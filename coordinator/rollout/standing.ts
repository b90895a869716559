import { isActive, type Status } from '../../shared/model/command.ts';
import type { Standing } from '../../shared/model/rollout.ts';

/** A host's command in a rollout: its step and its state. `at` orders the commands of one host. */
export type StepCommand = {
  step: number;
  commandId: string;
  status: Status;
  code: string | null;
  /** The rollout took the command back, and its host has not answered yet whether it ran. */
  isUnanswered?: boolean;
};

/** A rollout's decisions about one host. Everything else follows from the host's commands. */
export type HostDecisions = {
  /** Commands that the rollout took back and that never ran. Their ends say nothing about the host. */
  withdrawn: ReadonlySet<string>;
  /** Passed over at its turn, for this reason (offline, in maintenance). */
  passedOver: string | null;
  /** Its step's deadline passed while it was under way. */
  overdue: boolean;
  /** Removed from the fleet, or left out by a person. */
  skipped: boolean;
};

export type HostStanding = {
  standing: Standing;
  /** The host's present step, or the step at which it ended; null before its turn. */
  step: number | null;
  commandId: string | null;
  code: string | null;
  /** The step to dispatch next, if it is this host's turn and none of its steps is under way; else null. */
  next: number | null;
};

/** Ends that show that the host already has the step's result. */
const ALREADY_THERE: ReadonlySet<string> = new Set(['already_current', 'older_commit']);
/** Ends of hosts that could not take their turn. Nothing ran on them. */
const NO_TURN: ReadonlySet<string> = new Set([
  'host_offline',
  'in_maintenance',
  'expired',
  'outside_window',
  'rebooting',
]);

/**
 * A host's standing, by its commands in this rollout and the rollout's decisions. It is computed each time and never stored, so it
 * can't drift from the commands.
 *
 * @param commands This host's commands of the rollout's present attempt, oldest first.
 * @param steps How many steps the rollout has.
 */
export function standingOf(commands: readonly StepCommand[], steps: number, decisions: HostDecisions): HostStanding {
  const last = commands.findLast(({ commandId }) => !decisions.withdrawn.has(commandId));
  const at = { step: last?.step ?? null, commandId: last?.commandId ?? null, code: last?.code ?? null, next: null };
  if (last && (isActive(last.status) || last.isUnanswered)) {
    if (!decisions.overdue) return { ...at, standing: 'running' };
    return { ...at, standing: decisions.skipped ? 'skipped' : 'failed', code: 'step_deadline' };
  }
  const isDone = last !== undefined && isProof(last);
  if (isDone && last.step === steps - 1) return { ...at, standing: 'proven' };
  if (last && last.code === 'older_commit') return { ...at, standing: 'proven' };
  if (last && !isDone && !isNoTurn(last)) return { ...at, standing: decisions.skipped ? 'skipped' : 'failed' };
  if (decisions.skipped) return { ...at, standing: 'skipped' };
  if (decisions.overdue) return { ...at, standing: 'failed', code: 'step_deadline' };
  if (last && !isDone) return { ...at, standing: 'deferred' };
  if (decisions.passedOver !== null) return { ...at, standing: 'deferred', code: decisions.passedOver };
  if (isDone) return { ...at, standing: 'running', next: last.step + 1 };
  return { ...at, standing: 'waiting', next: 0 };
}

const isProof = ({ status, code }: StepCommand): boolean =>
  status === 'SUCCESS' || (code !== null && ALREADY_THERE.has(code) && (status === 'BLOCKED' || status === 'ERROR'));

/** Whether the host did nothing for the command. */
export const didNothing = ({ status, code }: Pick<StepCommand, 'status' | 'code'>): boolean =>
  status === 'BLOCKED' || status === 'EXPIRED' || (code !== null && ALREADY_THERE.has(code));

const isNoTurn = ({ status, code }: StepCommand): boolean =>
  status === 'EXPIRED' || (status === 'BLOCKED' && code !== null && NO_TURN.has(code));

/** Failures that the new version caused while it was active or later: these speak against the commit itself. */
export function speaksAgainstCommit({ status, code }: Pick<StepCommand, 'status' | 'code'>): boolean {
  if (status === 'STALE_BINARY' || status === 'SUSPICIOUS') return true;
  if (status === 'ROLLED_BACK') return code === 'not_confirmed' || code === 'activation_failed';
  return status === 'PARTIAL' && code === 'units_failed';
}
