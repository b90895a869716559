import type { OpDefinition, PlatformName } from './ops.ts';
import type { FailedStep } from './report.ts';

/** Exit codes of an activation that mean "done, but not all of it": NixOS activates and then names units that failed with 4. */
export function partialExits(op: OpDefinition, platform: PlatformName | null): readonly number[] {
  return platform === 'nixos' && op.executor === 'agent' && op.completion === 'restart' && op.takesSlot ? [4] : [];
}

/**
 * How a command ended by its exit code. 4 of a step that only fetches is a failure like any other; an agent that does not tell the step
 * is believed to have activated.
 */
export function readExit(
  exitCode: number | null,
  failedStep: FailedStep | undefined,
  partial: readonly number[],
): 'done' | 'partial' | 'failed' {
  if (exitCode === 0) return 'done';
  return exitCode !== null && partial.includes(exitCode) && failedStep?.activation !== false ? 'partial' : 'failed';
}
