import { OPS } from '../../shared/ops/ops.ts';
import { didYouMean } from '../../shared/text/typos.ts';
import type { OpThresholds } from './thresholds.ts';

type Named = { ops: OpThresholds; access: { stepUp: readonly string[] } };

/**
 * A line for each op of `[ops.NAME]` and `[access] stepUp` that neither the table nor `hosts` knows: it has no effect. If the hosts are unknown
 * (null) it may still be an op of theirs.
 */
export function unknownOps({ ops, access }: Named, hosts: readonly string[] | null): string[] {
  const known = [...OPS.map(({ id }) => id), ...(hosts ?? [])];
  const who =
    hosts === null
      ? 'is not in the op table, and counts only for hosts that define it in OPS_FILE'
      : 'is known to no host and no table';
  const named = [
    ...Object.keys(ops).map((id) => ({ id, place: `[ops.${id}]` })),
    ...access.stepUp.map((id) => ({ id, place: '[access] stepUp' })),
  ];
  const table = OPS.map(({ id }) => id).join(', ');
  return named
    .filter(({ id }) => !known.includes(id))
    .map(({ id, place }) => `${place}: ${id} ${who}${didYouMean(id, known) || `; the table has ${table}`}`);
}
