import type { OpDefinition, Thresholds } from '../../shared/ops.ts';

/** What CONFIG says of ops, by name; names that no table has are those of OPS_FILE. */
export type OpThresholds = Readonly<Record<string, Partial<Thresholds>>>;

/** The table's thresholds with CONFIG's in their place. A timeout set below the table's warning takes that with it. */
export function thresholdsFrom(configured: OpThresholds): (op: OpDefinition) => Thresholds {
  return ({ id, thresholds }) => {
    const given = configured[id];
    const merged = { ...thresholds, ...given };
    if (given?.warningMs === undefined && merged.warningMs !== null && merged.timeoutMs !== null)
      merged.warningMs = Math.min(merged.warningMs, merged.timeoutMs);
    return merged;
  };
}
