import type { CompartmentName } from '../../../shared/host.ts';
import type { CheckStatus } from '../../../shared/report.ts';

/** The op that mends a compartment that is behind, or shows how a broken or unknown one stands. */
const STEPS = {
  agent: { outdated: 'pull-switch', error: 'restart', unknown: 'check-version' },
  git: { outdated: 'pull', error: 'pull', unknown: null },
  lock: { outdated: 'pull', error: 'refresh-lock', unknown: 'refresh-lock' },
  system: { outdated: 'switch', error: 'switch', unknown: 'refresh-system' },
  tests: { outdated: 'test', error: 'test', unknown: 'test' },
} as const satisfies Record<CompartmentName, Record<'outdated' | 'error' | 'unknown', string | null>>;

/** Null where there is nothing to do. */
export const nextStep = (name: CompartmentName, status: CheckStatus): string | null =>
  status === 'ok' || status === 'working' ? null : STEPS[name][status];
