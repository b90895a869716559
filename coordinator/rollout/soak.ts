import type { Wave } from '../../shared/model/rollout.ts';
import type { LookEvent } from './event.ts';
import type { RolloutRecord } from './record.ts';

/** A wave whose hosts had nothing to do needs no soak. */
export const soakOf = ({ soakMs }: Wave, { wave }: LookEvent): number =>
  wave.alreadyCurrent === wave.proven ? 0 : soakMs;

/** The end of observation if the gate holds; otherwise now, so that only later time counts. */
export const observedAt = ({ soak }: RolloutRecord, { at, gate, observedUntil }: LookEvent): number =>
  gate.kind === 'holds' ? Math.max(soak?.observedUntil ?? 0, Math.min(at, observedUntil)) : at;

/** The soak left after this look. Only observed time with a holding gate counts. */
export function leftAfter(record: RolloutRecord, event: LookEvent): number {
  const { soak } = record;
  if (!soak) return 0;
  const since = Math.max(soak.observedUntil, event.observedSince);
  const observed = event.gate.kind === 'holds' ? Math.max(0, observedAt(record, event) - since) : 0;
  return Math.max(0, soak.leftMs - observed);
}
