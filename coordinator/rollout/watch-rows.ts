import { APPROVAL_LAPSES_MS, type RolloutReason, type Wave } from '../../shared/model/rollout.ts';
import { change, changeWave, move, stay, tell } from './change.ts';
import type { RolloutEffect, RolloutStepResult } from './effect.ts';
import type { LookEvent } from './event.ts';
import { doneWords, exceeds, failedWords } from './failures.ts';
import { presentWave, type RolloutRecord } from './record.ts';
import { beginnable } from './room.ts';
import { type RolloutRow, row } from './row.ts';
import { leftAfter, observedAt, soakOf } from './soak.ts';

/** Rows for a look at the present wave. */

const waveOf = (record: RolloutRecord): Wave | undefined => record.rollout.waves[presentWave(record) ?? -1];

const isOverLimit = (record: RolloutRecord, { wave, failedBefore }: LookEvent): boolean =>
  exceeds(record, { before: failedBefore, here: wave.failed, forgiven: record.forgiven }, wave.size);

/** Whether the failures after activation alone exceed the limit. */
const speaksAgainstCommit = (record: RolloutRecord, { wave, againstBefore, againstCommit }: LookEvent): boolean =>
  record.rollout.commit !== null &&
  exceeds(record, { before: againstBefore, here: againstCommit, forgiven: record.forgivenAgainst ?? 0 }, wave.size);

/** Whether failures during a pause change the rollout: it has another reason, or its commit is not quarantined for them yet. */
const isNewInPause = (record: RolloutRecord, event: LookEvent): boolean =>
  record.rollout.reason?.code !== 'failures' || (speaksAgainstCommit(record, event) && !record.quarantined);

/** Pauses or fails it for `reason`; no further host begins. */
function halt(record: RolloutRecord, event: LookEvent, reason: RolloutReason): RolloutStepResult {
  const { rollout } = record;
  const fails = rollout.plan.onFailure === 'stop';
  const quarantines = (reason.code === 'gate' && rollout.commit !== null) || speaksAgainstCommit(record, event);
  const effects: RolloutEffect[] = [
    { type: 'withdraw' },
    ...(quarantines ? [{ type: 'quarantine' as const, message: `${rollout.name}: ${reason.message}` }] : []),
    tell(
      'error',
      fails ? 'rollout_failed' : 'rollout_paused',
      `${rollout.name} ${fails ? 'failed' : 'paused'}: ${reason.message}`,
      fails ? null : 'retry, resume or stop it',
    ),
  ];
  const moved = move(record, event.at, fails ? 'FAILED' : 'PAUSED', reason);
  return { record: quarantines ? change(moved, { quarantined: true }) : moved, effects };
}

/** Stays RUNNING and shows the reason for waiting. */
const waitFor = (record: RolloutRecord, reason: RolloutReason): RolloutStepResult =>
  stay(change(record, { soak: null, rollout: { reason } }));

/** Whether the wave has ended. An earlier row handles hosts that wait for a window. */
const hasEnded = ({ wave }: LookEvent): boolean =>
  wave.running + wave.due.length + wave.absent.length + wave.overdue.length === 0;

export const watchRows: readonly RolloutRow[] = [
  row({
    name: 'the approval lapses',
    from: ['AWAITING_APPROVAL', 'RUNNING'],
    on: 'look',
    to: ['STOPPED'],
    when: ({ rollout: { status, createdAt, reason } }, { at }) =>
      status === 'AWAITING_APPROVAL'
        ? at >= createdAt + APPROVAL_LAPSES_MS
        : reason?.code === 'approval' && reason.until !== null && at >= reason.until,
    then: (record, { at }) => {
      const what = record.rollout.status === 'RUNNING' ? `its ${waveOf(record)?.name}` : 'it';
      const message = `nobody approved ${what} within 7 days`;
      return {
        record: move(record, at, 'STOPPED', { code: 'approval', message, until: null }),
        effects: [tell('warn', 'rollout_stopped', `${record.rollout.name} was stopped: ${message}`)],
      };
    },
  }),
  row({
    name: 'steps overdue',
    from: ['RUNNING', 'PAUSED'],
    on: 'look',
    to: ['RUNNING', 'PAUSED'],
    when: (_record, { wave }) => wave.overdue.length > 0,
    then: (record, { wave }) => ({ record, effects: [{ type: 'overdue', hostIds: wave.overdue }] }),
  }),
  row({
    name: 'more failures than allowed',
    from: ['RUNNING', 'PAUSED'],
    on: 'look',
    to: ['PAUSED', 'FAILED'],
    when: (record, event) =>
      isOverLimit(record, event) && (record.rollout.status === 'RUNNING' || isNewInPause(record, event)),
    then: (record, event) => {
      const message = failedWords(record, event.failedBefore + event.wave.failed);
      return halt(record, event, { code: 'failures', message, until: null });
    },
  }),
  row({
    name: 'the gate is broken',
    from: ['RUNNING'],
    on: 'look',
    to: ['PAUSED', 'FAILED'],
    when: (_record, { gate }) => gate.kind === 'broken',
    then: (record, event) => {
      const message = event.gate.kind === 'broken' ? event.gate.message : '';
      return halt(record, event, { code: 'gate', message, until: null });
    },
  }),
  row({
    name: 'the wave needs an approval',
    from: ['RUNNING'],
    on: 'look',
    to: ['RUNNING'],
    when: (record) => {
      const wave = waveOf(record);
      return wave?.approve === true && wave.startedAt === null && !record.approvedWaves.includes(wave.index);
    },
    then: (record, { at }) => {
      const name = waveOf(record)?.name ?? '';
      const asked = record.rollout.reason?.code === 'approval' ? record.rollout.reason : null;
      const asks = asked === null;
      const until = asked?.until ?? at + APPROVAL_LAPSES_MS;
      const step = waitFor(record, { code: 'approval', message: `${name} waits for an approval`, until });
      const event = tell(
        'warn',
        'rollout_approval',
        `${record.rollout.name}: ${name} waits for an approval`,
        'approve or stop it',
      );
      return { ...step, effects: asks ? [event] : [] };
    },
  }),
  row({
    name: 'hosts that are away at their turn',
    from: ['RUNNING'],
    on: 'look',
    to: ['RUNNING'],
    when: (_record, { wave }) => wave.absent.length > 0,
    then: (record, { at, wave }) => ({
      record: startWave(record, at),
      effects: [{ type: 'defer', hosts: wave.absent }],
    }),
  }),
  row({
    name: 'hosts begin',
    from: ['RUNNING'],
    on: 'look',
    to: ['RUNNING'],
    when: (record, event) => beginnable(record, event.wave).length > 0,
    then: (record, event) => ({
      record: startWave(record, event.at),
      effects: [{ type: 'begin', hosts: beginnable(record, event.wave) }],
    }),
  }),
  row({
    name: 'the window is closed',
    from: ['RUNNING'],
    on: 'look',
    to: ['RUNNING'],
    when: (_record, { wave }) => wave.shut !== null && wave.due.length === 0,
    then: (record, { wave }) => {
      const { hosts = 0, name = '', until = null } = wave.shut ?? {};
      const who = hosts === 1 ? 'a host waits' : `${hosts} hosts wait`;
      return waitFor(record, { code: 'window', message: `${who} for the window ${name}`, until });
    },
  }),
  row({
    name: 'nothing of the wave was proven',
    from: ['RUNNING'],
    on: 'look',
    to: ['PAUSED'],
    when: (record, event) =>
      waveOf(record) !== undefined && !record.passesUnproven && hasEnded(event) && event.wave.proven === 0,
    then: (record, { at }) => {
      const message = `no host of ${waveOf(record)?.name} could show that the change works`;
      return {
        record: move(record, at, 'PAUSED', { code: 'hosts_offline', message, until: null }),
        effects: [
          tell(
            'warn',
            'rollout_paused',
            `${record.rollout.name} paused: ${message}`,
            'retry it, resume without this proof, or stop it',
          ),
        ],
      };
    },
  }),
  row({
    name: 'the soak begins',
    from: ['RUNNING'],
    on: 'look',
    to: ['RUNNING'],
    when: (record, event) => {
      const wave = waveOf(record);
      return wave !== undefined && hasEnded(event) && record.soak === null && soakOf(wave, event) > 0;
    },
    then: (record, event) => {
      const wave = waveOf(record) as Wave;
      const leftMs = soakOf(wave, event);
      const soaking = changeWave(startWave(record, event.at), wave.index, {
        status: 'soaking',
        soakUntil: event.at + leftMs,
      });
      return stay(change(soaking, { soak: { leftMs, observedUntil: event.at } }));
    },
  }),
  row({
    name: 'the soak goes on',
    from: ['RUNNING'],
    on: 'look',
    to: ['RUNNING'],
    when: (record, event) => record.soak !== null && hasEnded(event) && leftAfter(record, event) > 0,
    then: (record, event) => {
      const leftMs = leftAfter(record, event);
      const wave = waveOf(record) as Wave;
      const soaking = changeWave(record, wave.index, { soakUntil: event.at + leftMs });
      return stay(change(soaking, { soak: { leftMs, observedUntil: observedAt(record, event) } }));
    },
  }),
  row({
    name: 'the wave is done',
    from: ['RUNNING'],
    on: 'look',
    to: ['RUNNING', 'DONE'],
    when: (record, event) => waveOf(record) !== undefined && hasEnded(event),
    then: (record, event) => {
      const wave = waveOf(record) as Wave;
      const done = change(
        changeWave(startWave(record, event.at), wave.index, { status: 'done', soakUntil: null, finishedAt: event.at }),
        { soak: null, passesUnproven: undefined },
      );
      if (presentWave(done) !== null) return stay(done);
      const failed = event.failedBefore + event.wave.failed;
      const { name, waves } = record.rollout;
      const size = waves.reduce((sum, { hosts }) => sum + hosts.length, 0);
      const unproven = size - event.provenBefore - event.wave.proven - failed;
      const level = failed + unproven === 0 ? 'success' : 'warn';
      return {
        record: move(done, event.at, 'DONE', null),
        effects: [tell(level, 'rollout_done', `${name} is ${doneWords(failed, unproven)}`)],
      };
    },
  }),
];

function startWave(record: RolloutRecord, at: number): RolloutRecord {
  const wave = waveOf(record);
  if (!wave) return record;
  const started = changeWave(record, wave.index, { startedAt: wave.startedAt ?? at, status: 'running' });
  return change(started, { soak: null, rollout: { reason: null, startedAt: record.rollout.startedAt ?? at } });
}
