import { OPS } from '../../shared/ops.ts';
import { didYouMean } from '../../shared/typos.ts';
import type { OpThresholds } from './thresholds.ts';

/**
 * A line for each `[ops.NAME]` that no table and none of `hosts` knows: their thresholds count for nothing. Where the hosts are not known
 * (null) it may still be an op of theirs.
 */
export function unknownOps(configured: OpThresholds, hosts: readonly string[] | null): string[] {
  const known = [...OPS.map(({ id }) => id), ...(hosts ?? [])];
  const who =
    hosts === null
      ? 'is no op of the table, and counts only where a host has it by OPS_FILE'
      : 'is known to no host and no table';
  return Object.keys(configured)
    .filter((id) => !known.includes(id))
    .map(
      (id) =>
        `[ops.${id}]: ${id} ${who}${didYouMean(id, known) || `; the table has ${OPS.map((op) => op.id).join(', ')}`}`,
    );
}
