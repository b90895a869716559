import type { OpDefinition, PlatformName } from '../ops/op-definition.ts';
import type { FailedStep } from './report.ts';

/** Exit codes of an activation that mean "done, but not completely": NixOS activates, then reports failed units with 4. */
export function partialExits(op: OpDefinition, platform: PlatformName | null): readonly number[] {
  return platform === 'nixos' && op.executor === 'agent' && op.completion === 'restart' && op.takesSlot ? [4] : [];
}

/**
 * How a command ended, by its exit code. A 4 from a step that only fetches is an ordinary failure. If an agent does not name the
 * step, it counts as an activation.
 */
export function readExit(
  exitCode: number | null,
  failedStep: FailedStep | undefined,
  partial: readonly number[],
): 'done' | 'partial' | 'failed' {
  if (exitCode === 0) return 'done';
  return exitCode !== null && partial.includes(exitCode) && failedStep?.activation !== false ? 'partial' : 'failed';
}
