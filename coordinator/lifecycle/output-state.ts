import type { Command } from '../../shared/model/command.ts';
import type { Evidence } from '../../shared/model/report.ts';

type OutputState = Command['output'];

/**
 * Updates the state of a command's output; a cut stays recorded. If the host could not keep everything that was written (`outputCut`),
 * that is recorded once everything kept there is held here: until then `bytes` is below `total`, and followers of the output should wait
 * for the rest. The missing length is unknown: `total` counts the bytes that the host kept.
 *
 * @param isGone The host no longer has the output: bytes below `total` that are not held are lost.
 */
export function outputState(
  before: OutputState,
  now: OutputState,
  evidence: Evidence | null,
  isGone = false,
): OutputState {
  const { bytes, total } = now;
  const isCutByHost = evidence?.outputCut === true && bytes >= total;
  return { bytes, total, truncated: before.truncated || now.truncated || isCutByHost || (isGone && bytes < total) };
}
