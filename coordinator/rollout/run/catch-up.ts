import { isBegun } from '../../../shared/model/rollout.ts';
import type { Quarantine } from '../../dispatch/quarantine.ts';
import type { DueHost, RolloutEventOf } from '../event.ts';
import { type ReadinessDeps, readinessOf } from './readiness.ts';
import type { RolloutState } from './rollout-state.ts';

export type CatchUpDeps = ReadinessDeps & {
  quarantine: Pick<Quarantine, 'commits'>;
  /** The rollouts in memory that include this host. */
  othersOf: (hostId: string) => Iterable<RolloutState>;
};

/** A done rollout's deferred hosts that can take their turn now; null if there are none. */
export function catchUpOf(deps: CatchUpDeps, state: RolloutState, now: number): RolloutEventOf<'catch-up'> | null {
  const { id, commit } = state.record.rollout;
  if (commit !== null && deps.quarantine.commits().has(commit)) return null;
  const readiness = readinessOf(deps, state, now);
  let failed = 0;
  const wave = { due: [] as DueHost[], size: state.rows.size, running: 0, rebooting: 0 };
  for (const hostId of state.rows.keys()) {
    const { standing, step: at, next } = state.standing(hostId);
    if (standing === 'failed') failed += 1;
    else if (standing === 'running' && next === null) {
      wave.running += 1;
      if (readiness.reboots(at)) wave.rebooting += 1;
    } else if (standing === 'deferred' || standing === 'running') {
      const step = next ?? 0;
      const isReady =
        readiness.isKnown(step) && readiness.absence(hostId) === null && readiness.shut(hostId, step) === null;
      if (isReady && !isCovered(deps, hostId, id)) wave.due.push(readiness.due(hostId, step));
    }
  }
  return wave.due.length === 0 ? null : { type: 'catch-up', at: now, wave, failed };
}

/** Whether a newer rollout includes this host, or another of its rollouts has begun. */
function isCovered({ othersOf }: CatchUpDeps, hostId: string, self: string): boolean {
  for (const { record } of othersOf(hostId)) {
    const { id, status } = record.rollout;
    if (id > self ? status !== 'STOPPED' : id !== self && isBegun(status)) return true;
  }
  return false;
}
