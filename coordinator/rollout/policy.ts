import type { RolloutReasonCode, RolloutStatus } from '../../shared/model/rollout.ts';

/** Decisions about a policy. Pure, as a rollout's table is. */

/** The active rollout of a policy. */
export type PolicyRollout = {
  id: string;
  status: RolloutStatus;
  reason: RolloutReasonCode | null;
  /** The target's commit that it was begun for. */
  commit: string | null;
};

export type PolicyFacts = {
  /** The target's commit, and in `dealtWith` the newest commit already handled, for a policy that follows the target. */
  target: string | null;
  dealtWith: string | null;
  /** The next time that is not handled yet, for a policy with times. */
  dueAt: number | null;
  now: number;
  active: PolicyRollout | null;
};

/** Whether a run is due. */
export const isDue = ({ target, dealtWith, dueAt, now }: PolicyFacts, on: 'target' | 'cron'): boolean =>
  on === 'cron' ? dueAt !== null && dueAt <= now : target !== null && target !== dealtWith;

export type PolicyStep =
  /** `supersedes`: the active rollout, which gives way. */
  { kind: 'begin'; supersedes: string | null } | { kind: 'wait'; message: string };

/** Reasons for a pause that a newer commit makes pointless to wait out. */
const GIVES_WAY: ReadonlySet<RolloutReasonCode | null> = new Set(['failures', 'gate']);

/** Begins a due run or lets it wait. A policy has one active rollout at a time, and a running one is not interrupted. */
export function stepOf({ active, target }: Pick<PolicyFacts, 'active' | 'target'>): PolicyStep {
  if (!active) return { kind: 'begin', supersedes: null };
  const { id, status, reason, commit } = active;
  const givesWay = status === 'AWAITING_APPROVAL' || (status === 'PAUSED' && GIVES_WAY.has(reason));
  const isNewer = target !== null && target !== commit;
  return givesWay && isNewer
    ? { kind: 'begin', supersedes: id }
    : { kind: 'wait', message: `its rollout ${id} is ${status}` };
}
