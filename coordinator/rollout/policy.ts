import type { RolloutReasonCode, RolloutStatus } from '../../shared/rollout.ts';

/** Decides about a policy: pure, as a rollout's table is. */

/** The active rollout of a policy. */
export type PolicyRollout = {
  id: string;
  status: RolloutStatus;
  reason: RolloutReasonCode | null;
  /** The commit of the target that it was begun for. */
  commit: string | null;
};

export type PolicyFacts = {
  /** For one that follows the target: the target's commit, and the newest one that it has dealt with. */
  target: string | null;
  dealtWith: string | null;
  /** For one with times: the next one that it has not dealt with. */
  dueAt: number | null;
  now: number;
  active: PolicyRollout | null;
};

/** Whether a run is due. */
export const isDue = ({ target, dealtWith, dueAt, now }: PolicyFacts, on: 'target' | 'cron'): boolean =>
  on === 'cron' ? dueAt !== null && dueAt <= now : target !== null && target !== dealtWith;

export type PolicyStep =
  /** The active rollout makes room for it. */
  { kind: 'begin'; supersedes: string | null } | { kind: 'wait'; message: string };

/** Reasons of a pause after which a newer commit makes the paused rollout pointless. */
const GIVES_WAY: ReadonlySet<RolloutReasonCode | null> = new Set(['failures', 'gate']);

/** How a run that is due goes on: one rollout of a policy is active at a time, and a running one is not interrupted. */
export function stepOf({ active, target }: Pick<PolicyFacts, 'active' | 'target'>): PolicyStep {
  if (!active) return { kind: 'begin', supersedes: null };
  const { id, status, reason, commit } = active;
  const givesWay = status === 'AWAITING_APPROVAL' || (status === 'PAUSED' && GIVES_WAY.has(reason));
  const isNewer = target !== null && target !== commit;
  return givesWay && isNewer
    ? { kind: 'begin', supersedes: id }
    : { kind: 'wait', message: `its rollout ${id} is ${status}` };
}
