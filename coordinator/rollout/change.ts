import type { Rollout, RolloutReason, RolloutStatus, Wave } from '../../shared/model/rollout.ts';
import { isActiveRollout } from '../../shared/model/rollout.ts';
import type { RolloutEffect, RolloutStepResult } from './effect.ts';
import { presentWave, type RolloutRecord } from './record.ts';

/** Changes of a record that keep its times and its `rev` true. */

type Patch = Partial<Omit<RolloutRecord, 'rollout'>> & { rollout?: Partial<Omit<Rollout, 'counts' | 'rev'>> };

/** Returns the same object if nothing changes, so that a look without news writes nothing. */
export function change(record: RolloutRecord, { rollout = {}, ...rest }: Patch): RolloutRecord {
  const isSame = (before: object, patch: object) =>
    Object.entries(patch).every(
      ([key, value]) => JSON.stringify(before[key as keyof typeof before]) === JSON.stringify(value),
    );
  const rolloutChanges = !isSame(record.rollout, rollout);
  if (!rolloutChanges && isSame(record, rest)) return record;
  return {
    ...record,
    ...rest,
    rollout: rolloutChanges ? { ...record.rollout, ...rollout, rev: record.rollout.rev + 1 } : record.rollout,
  };
}

export function changeWave(record: RolloutRecord, index: number, patch: Partial<Wave>): RolloutRecord {
  const waves = record.rollout.waves.map((wave) => (wave.index === index ? { ...wave, ...patch } : wave));
  return change(record, { rollout: { waves } });
}

/** Moves the rollout to `status`; an end gets its time, and closes the wave that it left. */
export function move(
  record: RolloutRecord,
  at: number,
  status: RolloutStatus,
  reason: RolloutReason | null,
): RolloutRecord {
  const isEnd = !isActiveRollout(status);
  const index = presentWave(record);
  const open = index === null ? undefined : record.rollout.waves[index];
  const closed =
    isEnd && open && open.startedAt !== null
      ? changeWave(record, open.index, { status: 'failed', finishedAt: at, soakUntil: null })
      : record;
  return change(closed, {
    soak: isEnd || status === 'PAUSED' ? null : closed.soak,
    rollout: { status, reason, finishedAt: isEnd ? at : null },
  });
}

/** Whether the rollout has another status now, or another reason for it. */
export const isTurningPoint = ({ rollout: before }: RolloutRecord, { rollout: after }: RolloutRecord): boolean =>
  before.status !== after.status || before.reason?.code !== after.reason?.code;

/** A line for people about the rollout. */
export const tell = (
  level: Extract<RolloutEffect, { type: 'event' }>['level'],
  code: string,
  message: string,
  next: string | null = null,
  actor: string | null = null,
): RolloutEffect => ({
  type: 'event',
  level,
  category: actor === null ? 'system' : 'audit',
  actor: actor ?? 'system',
  code,
  message,
  next,
});

export const stay = (record: RolloutRecord): RolloutStepResult => ({ record, effects: [] });
