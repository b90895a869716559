import type { Kill } from '../../../shared/command.ts';

/** `now`: by SIGKILL, without a grace. `activation`: without waiting until the activation is through. */
export type StrongerKill = { how: 'now' | 'activation'; options: Pick<Kill, 'signal' | 'graceMs' | 'force'> };

/**
 * What can still be asked for beyond the kill under way; null where nothing can. One that asks for less in anything is refused
 * (docs/protocol.md section 3, kill), so what is asked for already is asked for again. SIGKILL alone would wait for an activation too.
 */
export function strongerKill({ signal, graceMs, force, stage, escalatedAt }: Kill): StrongerKill | null {
  if (stage === 'deferred') return force ? null : { how: 'activation', options: { signal, graceMs, force: true } };
  const isLate = stage === 'kill' || stage === 'dead' || stage === 'failed' || escalatedAt !== null;
  return signal === 'SIGKILL' || isLate ? null : { how: 'now', options: { signal: 'SIGKILL', graceMs, force } };
}
