import type { Command } from '../../shared/command.ts';
import type { Evidence } from '../../shared/report.ts';

type OutputState = Command['output'];

/**
 * What is known of a command's output after another word on it; what was cut once stays so. Where the host could not keep all that was written
 * (`outputCut`), that is said when everything that it did keep is held: until then `bytes` is below `total`, and whoever follows the
 * output is to wait for the rest. How much is missing nobody knows: `total` counts what was kept.
 */
export function outputState(before: OutputState, now: OutputState, evidence: Evidence | null): OutputState {
  const { bytes, total } = now;
  const isCutByHost = evidence?.outputCut === true && bytes >= total;
  return { bytes, total, truncated: before.truncated || now.truncated || isCutByHost };
}
