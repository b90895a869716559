import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isActiveRollout, ROLLOUT_STATUSES, type RolloutStatus } from '../../shared/model/rollout.ts';
import type { GateSeen, RolloutEvent, WaveSeen } from './event.ts';
import { due, look, rolloutOf, START, waveWith } from './fixtures/scenario.ts';
import type { RolloutRecord } from './record.ts';
import { ROLLOUT_ROWS, reduceRollout } from './reduce.ts';

/** Applies every event to every reachable record of a rollout with two waves. The second wave needs an approval. */

const AT = START + 1_000;

const wave = (known: Partial<WaveSeen>): Partial<WaveSeen> => ({ size: 2, ...known });
const WAVES: readonly Partial<WaveSeen>[] = [
  wave({ due: [due('h0'), due('h1', 1, true)] }),
  wave({ due: [due('h0')], running: 1, proven: 1 }),
  wave({ running: 2 }),
  wave({ absent: [{ hostId: 'h0', code: 'host_offline' }] }),
  wave({ overdue: ['h0'], running: 1 }),
  wave({ shut: { hosts: 1, name: 'night', until: null } }),
  wave({ proven: 2 }),
  wave({ proven: 2, alreadyCurrent: 2 }),
  wave({ failed: 1, proven: 1 }),
  wave({}),
];
const GATES: readonly GateSeen[] = [
  { kind: 'holds' },
  { kind: 'unobserved', message: 'web1 is away' },
  { kind: 'broken', message: 'web1: nginx.service failed' },
];
const LOOKS = WAVES.flatMap((seen) =>
  GATES.flatMap((gate) =>
    [AT, AT + 30_000, AT + 600_000].map((at) => look({ at, wave: seen, gate, againstCommit: seen.failed ?? 0 })),
  ),
);
const OTHERS: readonly RolloutEvent[] = [
  { type: 'approve', at: AT, actor: 'ann' },
  { type: 'pause', at: AT, actor: 'ann' },
  { type: 'resume', at: AT, actor: 'ann', skipFailed: false, failed: 1, against: 0, broken: ['h0'] },
  { type: 'resume', at: AT, actor: 'ann', skipFailed: true, failed: 1, against: 0, broken: [] },
  { type: 'retry', at: AT, actor: 'ann', failedBefore: 0, againstBefore: 0 },
  { type: 'stop', at: AT, actor: 'ann', undo: 'proven' },
  { type: 'supersede', at: AT, message: 'a newer commit came' },
  { type: 'catch-up', at: AT, wave: { due: [due('h0')], size: 2, running: 0, rebooting: 0 }, failed: 0 },
];
const EVENTS: readonly RolloutEvent[] = [...LOOKS, ...OTHERS];

/** The part of a record that decides later events. */
const keyOf = ({ rollout, soak, since: _, ...rest }: RolloutRecord): string =>
  JSON.stringify([
    ...[rollout.status, rollout.reason?.code, rollout.startedAt !== null, rest],
    rollout.waves.map(({ status, startedAt }) => [status, startedAt !== null]),
    soak && [soak.leftMs, soak.observedUntil],
  ]);

/** The names of the rows that applied. */
function explore(): ReadonlySet<string> {
  const starts = (['RUNNING', 'AWAITING_APPROVAL'] as const).flatMap((status) =>
    (['pause', 'stop'] as const).map((onFailure) =>
      rolloutOf({ onFailure }, { status, waves: [waveWith(0), waveWith(1, { approve: true })] }),
    ),
  );
  const known = new Map(starts.map((record) => [JSON.stringify([record.rollout.plan]) + keyOf(record), record]));
  const queue = [...known.values()];
  const used = new Set<string>();
  for (let record = queue.pop(); record; record = queue.pop())
    for (const event of EVENTS) {
      const before: RolloutRecord = record;
      const row = ROLLOUT_ROWS.find(
        ({ on, from, when }) => on === event.type && from.includes(before.rollout.status) && when(before, event),
      );
      const { record: after, effects } = reduceRollout(before, event);
      check(before, event, after, row ? row.to : null, effects);
      if (row) used.add(row.name);
      const key = JSON.stringify([after.rollout.plan]) + keyOf(after);
      if (known.has(key)) continue;
      known.set(key, after);
      queue.push(after);
    }
  return used;
}

function check(
  before: RolloutRecord,
  event: RolloutEvent,
  after: RolloutRecord,
  to: readonly RolloutStatus[] | null,
  effects: ReturnType<typeof reduceRollout>['effects'],
): void {
  const what = `${before.rollout.status} on ${JSON.stringify(event)}`;
  const [was, is] = [before.rollout.status, after.rollout.status];
  if (!to) assert.ok(after === before && effects.length === 0, what);
  else assert.ok(to.includes(is), what);
  if (!isActiveRollout(was)) assert.is(is, was, what);
  assert.is(after.rollout.finishedAt !== null, !isActiveRollout(is), what);
  const types = effects.map(({ type }) => type);
  if (types.includes('begin')) assert.ok(is === 'RUNNING' || (is === 'DONE' && event.type === 'catch-up'), what);
  if (is === 'PAUSED' && was !== 'PAUSED') assert.ok(after.rollout.reason, what);
  // A stop withdraws commands that no host has accepted.
  const isStopped = was === 'RUNNING' && (is === 'FAILED' || is === 'STOPPED');
  if (isStopped) assert.ok(types.includes('withdraw'), what);
  const done = (record: RolloutRecord) => record.rollout.waves.filter(({ status }) => status === 'done').length;
  assert.ok(done(after) === done(before) || (event.type === 'look' && event.gate.kind !== 'broken'), what);
  // A wave with a proven host that had something to do has soaked.
  if (done(after) > done(before) && event.type === 'look' && event.wave.proven > event.wave.alreadyCurrent)
    assert.ok(before.rollout.waves[done(before)]?.soakMs === 0 || (before.soak && before.soak.leftMs > 0), what);
}

test('every event in every state: each row is reached, and none breaks a rule', () => {
  const used = explore();
  const late = ['the approval lapses'];
  assert.equal(
    ROLLOUT_ROWS.map(({ name }) => name).filter((name) => !used.has(name) && !late.includes(name)),
    [],
  );
});

test('each active status has rows for a stop and a look; an ended one changes only by catch-up', () => {
  for (const status of ROLLOUT_STATUSES) {
    const rows = ROLLOUT_ROWS.filter(({ from }) => from.includes(status)).map(({ on }) => on);
    if (isActiveRollout(status)) assert.ok(rows.includes('stop') && rows.includes('look'), status);
    else assert.equal(new Set(rows), new Set(status === 'DONE' ? ['catch-up'] : []), status);
  }
});

test.run();
