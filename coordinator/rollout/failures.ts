import { ROLLOUT_DEFAULTS } from '../../shared/rollout.ts';
import type { RolloutRecord } from './record.ts';

/** Failures that a wave of this size may have where the limit is a share of each wave. */
export const shareOf = (share: string, size: number): number => Math.floor((size * Number.parseInt(share, 10)) / 100);

/** Failures of the earlier waves, of the present wave, and those that a person has seen and resumed after. */
export type Failures = { before: number; here: number; forgiven: number };

/** Whether these exceed the limit: over the whole rollout, or over the present wave of this size where it is a share of each. */
export function exceeds(
  { rollout: { plan } }: RolloutRecord,
  { before, here, forgiven }: Failures,
  size: number,
): boolean {
  const { maxFailures = ROLLOUT_DEFAULTS.maxFailures } = plan;
  if (typeof maxFailures === 'number') return before + here - forgiven > maxFailures;
  return here - Math.max(0, forgiven - before) > shareOf(maxFailures, size);
}

/** Failures that the whole rollout may have; where the limit is a share, those of its waves together. */
export function failuresAllowed({ rollout: { plan, waves } }: RolloutRecord): number {
  const { maxFailures = ROLLOUT_DEFAULTS.maxFailures } = plan;
  if (typeof maxFailures === 'number') return maxFailures;
  return waves.reduce((sum, { hosts }) => sum + shareOf(maxFailures, hosts.length), 0);
}
