import { ROLLOUT_DEFAULTS } from '../../shared/rollout.ts';
import type { RolloutRecord } from './record.ts';

/** Failures that a wave of this size may have where the limit is a share of each wave. */
export const shareOf = (share: string, size: number): number => Math.floor((size * Number.parseInt(share, 10)) / 100);

/** Failures that the whole rollout may have; where the limit is a share, those of its waves together. */
export function failuresAllowed({ rollout: { plan, waves } }: RolloutRecord): number {
  const { maxFailures = ROLLOUT_DEFAULTS.maxFailures } = plan;
  if (typeof maxFailures === 'number') return maxFailures;
  return waves.reduce((sum, { hosts }) => sum + shareOf(maxFailures, hosts.length), 0);
}
