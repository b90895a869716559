import type { CompartmentName, Host } from '../../../shared/model/host.ts';

/** The op that brings a compartment up to date, or looks at a broken or unknown one. */
const STEPS = {
  agent: { outdated: 'pull-switch', error: 'restart', unknown: 'check-version' },
  git: { outdated: 'pull', error: 'pull', unknown: null },
  lock: { outdated: 'pull', error: 'refresh-lock', unknown: 'refresh-lock' },
  system: { outdated: 'switch', error: 'switch', unknown: 'refresh-system' },
  tests: { outdated: 'test', error: 'test', unknown: 'test' },
} as const satisfies Record<CompartmentName, Record<'outdated' | 'error' | 'unknown', string | null>>;

/** Null if there is nothing to do, or this host can't do it. */
export function nextStep(
  { ops, compartments }: Pick<Host, 'ops' | 'compartments'>,
  name: CompartmentName,
): string | null {
  const { status } = compartments[name];
  const step = status === 'ok' || status === 'working' ? null : STEPS[name][status];
  return ops.some(({ id }) => id === step) ? step : null;
}
