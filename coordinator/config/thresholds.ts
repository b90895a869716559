import type { OpDefinition, Thresholds } from '../../shared/ops/op-definition.ts';

/** CONFIG's thresholds by op; ops that the table lacks are those of OPS_FILE. */
export type OpThresholds = Readonly<Record<string, Partial<Thresholds>>>;

/** The table's thresholds, overridden by CONFIG. A timeout set below the table's warning lowers the warning too. */
export function thresholdsFrom(configured: OpThresholds): (op: OpDefinition) => Thresholds {
  return ({ id, thresholds }) => {
    const given = configured[id];
    const merged = { ...thresholds, ...given };
    if (given?.warningMs === undefined && merged.warningMs !== null && merged.timeoutMs !== null)
      merged.warningMs = Math.min(merged.warningMs, merged.timeoutMs);
    return merged;
  };
}
