import type { Rollout, RolloutHost, RolloutSummary } from '../../../shared/model/rollout.ts';
import type { RolloutState } from './rollout-state.ts';

/** A rollout as the API shows it. */
export const shownOf = (state: RolloutState): Rollout => ({ ...state.record.rollout, counts: state.counts() });

/** The live feed carries each change of a rollout without repeating its thousands of hosts. */
export function summaryOf(state: RolloutState): RolloutSummary {
  const { waves, plan, ...rollout } = shownOf(state);
  return {
    ...rollout,
    plan: { ...withoutHosts(plan), ...(plan.waves && { waves: plan.waves.map(withoutHosts) }) },
    waves: waves.map(withoutHosts),
  };
}

/** Null if the host is not in the rollout. `nameOf`: its present name; null if it is gone. */
export function shownHostOf(
  state: RolloutState,
  hostId: string,
  nameOf: (hostId: string) => string | null,
): RolloutHost | null {
  const row = state.rows.get(hostId);
  if (!row) return null;
  const { standing, step, commandId, code } = state.standing(hostId);
  return { hostId, host: nameOf(hostId) ?? row.name, wave: row.wave, step, commandId, standing, code };
}

const withoutHosts = <Part extends { hosts?: unknown }>({ hosts: _, ...rest }: Part): Omit<Part, 'hosts'> => rest;
