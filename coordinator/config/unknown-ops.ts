import { OPS } from '../../shared/ops.ts';
import { didYouMean } from '../../shared/typos.ts';
import type { OpThresholds } from './thresholds.ts';

/**
 * A line for each `[ops.NAME]` that neither the table nor `hosts` knows: its thresholds have no effect. If the hosts are unknown
 * (null) it may still be an op of theirs.
 */
export function unknownOps(configured: OpThresholds, hosts: readonly string[] | null): string[] {
  const known = [...OPS.map(({ id }) => id), ...(hosts ?? [])];
  const who =
    hosts === null
      ? 'is not in the op table, and counts only for hosts that define it in OPS_FILE'
      : 'is known to no host and no table';
  return Object.keys(configured)
    .filter((id) => !known.includes(id))
    .map(
      (id) =>
        `[ops.${id}]: ${id} ${who}${didYouMean(id, known) || `; the table has ${OPS.map((op) => op.id).join(', ')}`}`,
    );
}
