import type { Kill } from '../../../../shared/model/command.ts';

/** `now`: SIGKILL without a grace. `activation`: without waiting for the activation to finish. */
export type StrongerKill = { how: 'now' | 'activation'; options: Pick<Kill, 'signal' | 'graceMs' | 'force'> };

/**
 * The next stronger kill; null if there is none. A kill that asks for less in anything is refused (docs/protocol.md section 3,
 * kill), so it repeats what the one under way asks for. SIGKILL alone would wait for an activation too.
 */
export function strongerKill({ signal, graceMs, force, stage, escalatedAt }: Kill): StrongerKill | null {
  if (stage === 'deferred') return force ? null : { how: 'activation', options: { signal, graceMs, force: true } };
  const isLate = stage === 'kill' || stage === 'dead' || stage === 'failed' || escalatedAt !== null;
  return signal === 'SIGKILL' || isLate ? null : { how: 'now', options: { signal: 'SIGKILL', graceMs, force } };
}
