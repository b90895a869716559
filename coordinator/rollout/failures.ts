import { ROLLOUT_DEFAULTS } from '../../shared/model/rollout.ts';
import type { RolloutRecord } from './record.ts';

/** The limit for a wave of this size, if the limit is a share of each wave. */
const shareOf = (share: string, size: number): number => Math.floor((size * Number.parseInt(share, 10)) / 100);

/** Failures of the earlier waves, of the present one, and those after which a person resumed. */
export type Failures = { before: number; here: number; forgiven: number };

/** Whether the failures exceed the limit: over the whole rollout or, if the limit is a share, over the present wave of this size. */
export function exceeds(
  { rollout: { plan } }: RolloutRecord,
  { before, here, forgiven }: Failures,
  size: number,
): boolean {
  const { maxFailures = ROLLOUT_DEFAULTS.maxFailures } = plan;
  if (typeof maxFailures === 'number') return before + here - forgiven > maxFailures;
  return here - Math.max(0, forgiven - before) > shareOf(maxFailures, size);
}

/** The limit for the whole rollout; if it is a share, the sum over its waves. */
export function failuresAllowed({ rollout: { plan, waves } }: RolloutRecord): number {
  const { maxFailures = ROLLOUT_DEFAULTS.maxFailures } = plan;
  if (typeof maxFailures === 'number') return maxFailures;
  return waves.reduce((sum, { hosts }) => sum + shareOf(maxFailures, hosts.length), 0);
}

/** How a done rollout ended: `done; 1 host failed, 2 more are not proven`. */
export function doneWords(failed: number, unproven: number): string {
  const hosts = (count: number): string => `${count} ${count === 1 ? 'host' : 'hosts'}`;
  const are = unproven === 1 ? 'is' : 'are';
  if (unproven === 0) return failed === 0 ? 'done' : `done; ${hosts(failed)} failed`;
  if (failed === 0) return `done; ${hosts(unproven)} ${are} not proven`;
  return `done; ${hosts(failed)} failed, ${unproven} more ${are} not proven`;
}

/** The message for failures above the limit: `3 hosts failed; at most 2 may`. */
export function failedWords({ rollout: { plan } }: RolloutRecord, failed: number): string {
  const { maxFailures: most = ROLLOUT_DEFAULTS.maxFailures } = plan;
  const may = most === 0 ? 'none' : `at most ${most}${typeof most === 'string' ? ' of a wave' : ''}`;
  return `${failed} ${failed === 1 ? 'host' : 'hosts'} failed; ${may} may`;
}
