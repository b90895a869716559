import { Type } from 'typebox';
import { STATUSES, type Status } from '../../../shared/model/command.ts';
import { Rollout, RolloutHistoryEntry, RolloutRequest, RolloutStep, Wave } from '../../../shared/model/rollout.ts';
import { Nullable } from '../../../shared/schema.ts';
import { type CommandEnd, endOf, livesUntil, type RolloutHostRow, type RolloutRecord } from '../../rollout/record.ts';
import { jsonReader, wordOr } from '../damage.ts';
import type { StoredPolicy } from '../records.ts';
import { readRecord } from './command-row.ts';

/** The write-once part of a rollout. */
type Plan = Pick<RolloutRecord['rollout'], 'plan' | 'steps'> & { hosts: string[][] };

/** A rollout's row. `plan` never changes; `state` is the rest of the record. */
export type RolloutRow = { id: string; plan: string; state: string };

const { counts: _, plan: _plan, steps: _steps, waves: _waves, ...moving } = Rollout.properties;
const readPlan = jsonReader<Plan>(
  Type.Object({
    plan: RolloutRequest,
    steps: Type.Array(RolloutStep),
    hosts: Type.Array(Type.Array(Type.String())),
  }),
);
const readState = jsonReader<RolloutRecord>(
  Type.Object({
    rollout: Type.Object({ ...moving, waves: Type.Array(Type.Omit(Wave, ['hosts'])) }),
    approvedWaves: Type.Array(Type.Integer()),
    forgiven: Type.Integer(),
    forgivenHosts: Type.Array(Type.String()),
    quarantined: Type.Boolean(),
  }),
);
export const readHost = jsonReader<RolloutHostRow>(
  Type.Object({
    hostId: Type.String(),
    wave: Type.Integer(),
    attempt: Type.Integer(),
    turns: Type.Array(Type.Unknown()),
  }),
);
export const readEntry = jsonReader<RolloutHistoryEntry>(RolloutHistoryEntry);

export const readPolicy = jsonReader<StoredPolicy>(
  Type.Object({
    name: Type.String(),
    paused: Type.Boolean(),
    handledAt: Type.Integer(),
    commit: Nullable(Type.String()),
    lastRunAt: Nullable(Type.Integer()),
    rolloutId: Nullable(Type.String()),
  }),
);

/** A command's row, as a rollout reads it. `cancelled`: the record of a cancelled command, which says whether it ran. */
export type EndRow = { id: string; status: string; code: string | null; cancelled: string | null };

/** A command with a damaged record counts as one that may have run. */
export function readEnd({ id, status, code, cancelled }: EndRow): CommandEnd {
  const record = cancelled === null ? null : readRecord(cancelled);
  return record ? endOf(record) : { id, status: wordOr(STATUSES, status, 'LOST' as Status), code, cancelled: null };
}

/** The most lines of a rollout's history in an answer. */
export const HISTORY = 500;

export function rolloutOf({ plan, state }: RolloutRow): RolloutRecord | null {
  const frozen = readPlan(plan);
  const record = readState(state);
  if (!frozen || !record || record.rollout.waves.length !== frozen.hosts.length) return null;
  const waves = record.rollout.waves.map((wave, index) => ({ ...wave, hosts: frozen.hosts[index] ?? [] }));
  return { ...record, rollout: { ...record.rollout, plan: frozen.plan, steps: frozen.steps, waves } };
}

/** The record's columns without `plan`. */
export function rolloutRow(
  record: RolloutRecord,
): Omit<RolloutRow, 'plan'> & { status: string; createdAt: number; livesUntil: number } {
  const { plan: _plan, steps: _steps, waves, ...rest } = record.rollout;
  const { id, status, createdAt } = record.rollout;
  const light = waves.map(({ hosts: _hosts, ...wave }) => wave);
  const state = JSON.stringify({ ...record, rollout: { ...rest, waves: light } });
  return { id, status, createdAt, livesUntil: livesUntil(record), state };
}

/** The column `plan`, which is long and the same in each record of a rollout. */
export function rolloutPlan({ rollout: { plan, steps, waves } }: RolloutRecord): string {
  return JSON.stringify({ plan, steps, hosts: waves.map(({ hosts }) => [...hosts]) } satisfies Plan);
}
