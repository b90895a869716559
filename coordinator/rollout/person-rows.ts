import { ACTIVE_ROLLOUT_STATUSES } from '../../shared/model/rollout.ts';
import { change, changeWave, move, tell } from './change.ts';
import { failuresAllowed } from './failures.ts';
import { livesUntil, presentWave, type RolloutRecord } from './record.ts';
import { beginnable } from './room.ts';
import { type RolloutRow, row } from './row.ts';

/** Rows for decisions by people and policies, and for the catch-up after the end. */

/** The wave that an approval releases: the present one, if it still waits for an approval. */
function wantsApproval(record: RolloutRecord): number | null {
  const index = presentWave(record);
  const wave = index === null ? undefined : record.rollout.waves[index];
  if (!wave?.approve || wave.startedAt !== null || record.approvedWaves.includes(wave.index)) return null;
  return wave.index;
}

export const personRows: readonly RolloutRow[] = [
  row({
    name: 'approved',
    from: ['AWAITING_APPROVAL'],
    on: 'approve',
    to: ['RUNNING'],
    then: (record, { at, actor }) => ({
      record: change(record, { rollout: { status: 'RUNNING', reason: null, approvedBy: actor, startedAt: at } }),
      effects: [tell('info', 'rollout_approved', `${record.rollout.name} was approved`, null, actor)],
    }),
  }),
  row({
    name: 'a wave is approved',
    from: ['RUNNING'],
    on: 'approve',
    to: ['RUNNING'],
    when: (record) => wantsApproval(record) !== null,
    then: (record, { actor }) => {
      const wave = wantsApproval(record) ?? 0;
      return {
        record: change(record, {
          approvedWaves: [...record.approvedWaves, wave],
          rollout: { reason: null, approvedBy: actor },
        }),
        effects: [
          tell(
            'info',
            'rollout_approved',
            `${record.rollout.name}: ${record.rollout.waves[wave]?.name} was approved`,
            null,
            actor,
          ),
        ],
      };
    },
  }),
  row({
    name: 'a person pauses it',
    from: ['RUNNING'],
    on: 'pause',
    to: ['PAUSED'],
    then: (record, { at, actor }) => ({
      record: change(move(record, at, 'PAUSED', { code: 'person', message: `${actor} paused it`, until: null }), {
        held: true,
      }),
      effects: [
        { type: 'withdraw' },
        tell('info', 'rollout_paused', `${record.rollout.name} was paused`, 'resume or stop it', actor),
      ],
    }),
  }),
  row({
    name: 'a person resumes it',
    from: ['PAUSED'],
    on: 'resume',
    to: ['RUNNING'],
    then: (record, { actor, skipFailed, failed, against, broken }) => ({
      record: change(record, {
        // The person has seen the faults that the pause names, so these stop it no longer. Other faults may be news.
        ...(record.rollout.reason?.code === 'failures' && { forgiven: failed, forgivenAgainst: against }),
        ...(record.rollout.reason?.code === 'gate' && {
          forgivenHosts: [...new Set([...record.forgivenHosts, ...broken])],
        }),
        ...(record.rollout.reason?.code === 'hosts_offline' && { passesUnproven: true as const }),
        ...(skipFailed && { forgiven: 0, forgivenAgainst: 0 }),
        held: false,
        rollout: { status: 'RUNNING', reason: null },
      }),
      effects: [
        ...(skipFailed ? [{ type: 'skip-failed' as const }] : []),
        tell('info', 'rollout_resumed', `${record.rollout.name} was resumed`, null, actor),
      ],
    }),
  }),
  row({
    name: 'another turn for what failed',
    from: ['RUNNING', 'PAUSED'],
    on: 'retry',
    to: ['RUNNING'],
    when: (record) => presentWave(record) !== null,
    then: (record, { actor, failedBefore, againstBefore }) => {
      const wave = presentWave(record) ?? 0;
      const reopened = changeWave(record, wave, { status: 'running', soakUntil: null });
      const forgiven = Math.min(record.forgiven, failedBefore);
      const forgivenAgainst = Math.min(record.forgivenAgainst ?? 0, againstBefore);
      return {
        record: change(reopened, {
          soak: null,
          forgiven,
          forgivenAgainst,
          held: false,
          passesUnproven: undefined,
          rollout: { status: 'RUNNING', reason: null },
        }),
        effects: [
          { type: 'another-turn', wave },
          tell('info', 'rollout_retried', `${record.rollout.name}: what failed gets another turn`, null, actor),
        ],
      };
    },
  }),
  row({
    name: 'a person stops it',
    from: ACTIVE_ROLLOUT_STATUSES,
    on: 'stop',
    to: ['STOPPED'],
    then: (record, { at, actor, undo }) => ({
      record: move(record, at, 'STOPPED', { code: 'person', message: `${actor} stopped it`, until: null }),
      effects: [
        { type: 'withdraw' },
        ...(undo === 'proven' ? [{ type: 'undo' as const, actor }] : []),
        tell('warn', 'rollout_stopped', `${record.rollout.name} was stopped`, null, actor),
      ],
    }),
  }),
  row({
    name: 'superseded by a newer commit',
    from: ['AWAITING_APPROVAL', 'PAUSED'],
    on: 'supersede',
    to: ['STOPPED'],
    when: ({ rollout: { status, reason }, held }) =>
      status === 'AWAITING_APPROVAL' || (!held && (reason?.code === 'failures' || reason?.code === 'gate')),
    then: (record, { at, message }) => ({
      record: move(record, at, 'STOPPED', { code: 'superseded', message, until: null }),
      effects: [{ type: 'withdraw' }, tell('info', 'rollout_stopped', `${record.rollout.name}: ${message}`)],
    }),
  }),
  row({
    name: 'deferred hosts catch up',
    from: ['DONE'],
    on: 'catch-up',
    to: ['DONE'],
    when: (record, { at, wave, failed }) =>
      failed - record.forgiven <= failuresAllowed(record) &&
      beginnable(record, wave).length > 0 &&
      at < livesUntil(record),
    then: (record, { wave }) => {
      const hosts = beginnable(record, wave);
      const who = hosts.length === 1 ? 'a host' : `${hosts.length} hosts`;
      return {
        record,
        effects: [
          { type: 'begin', hosts },
          tell('info', 'rollout_catch_up', `${record.rollout.name}: ${who} caught up late`),
        ],
      };
    },
  }),
];
