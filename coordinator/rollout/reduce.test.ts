import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { APPROVAL_LAPSES_MS, isActiveRollout } from '../../shared/model/rollout.ts';
import type { RolloutEvent } from './event.ts';
import { due, look, play, rolloutOf, START, waveWith } from './fixtures/scenario.ts';
import { ROLLOUT_ROWS, reduceRollout } from './reduce.ts';

const AT = START + 1000;

/** One sample per row, which fails if the row is removed. */
const samples: Record<
  string,
  () => {
    before: ReturnType<typeof rolloutOf>;
    events: RolloutEvent[];
    expect: (end: ReturnType<typeof play>) => boolean;
  }
> = {
  approved: () => ({
    before: rolloutOf({}, { status: 'AWAITING_APPROVAL' }),
    events: [{ type: 'approve', at: AT, actor: 'oidc:ann' }],
    expect: ({ record: { rollout } }) => rollout.status === 'RUNNING' && rollout.approvedBy === 'oidc:ann',
  }),
  'a wave is approved': () => ({
    before: rolloutOf({}, { waves: [waveWith(0, { approve: true })] }),
    events: [{ type: 'approve', at: AT, actor: 'admin' }, look({ wave: { due: [due('h0')] } })],
    expect: ({ types }) => types.includes('begin'),
  }),
  'a person pauses it': () => ({
    before: rolloutOf(),
    events: [{ type: 'pause', at: AT, actor: 'admin' }],
    expect: ({ record, types }) => record.rollout.status === 'PAUSED' && types.includes('withdraw'),
  }),
  'a person resumes it': () => ({
    before: rolloutOf({}, { status: 'PAUSED', reason: { code: 'failures', message: '', until: null } }),
    events: [
      { type: 'resume', at: AT, actor: 'admin', skipFailed: false, failed: 1, against: 0, broken: [] },
      look({ wave: { failed: 1, due: [due('h0')] } }),
    ],
    expect: ({ record, types }) => record.rollout.status === 'RUNNING' && types.includes('begin'),
  }),
  'another turn for what failed': () => ({
    before: rolloutOf({}, { status: 'PAUSED' }),
    events: [{ type: 'retry', at: AT, actor: 'admin', failedBefore: 0, againstBefore: 0 }],
    expect: ({ record, types }) => record.rollout.status === 'RUNNING' && types.includes('another-turn'),
  }),
  'a person stops it': () => ({
    before: rolloutOf(),
    events: [{ type: 'stop', at: AT, actor: 'admin', undo: 'proven' }],
    expect: ({ record, types }) =>
      record.rollout.status === 'STOPPED' && types.includes('undo') && types.includes('withdraw'),
  }),
  'superseded by a newer commit': () => ({
    before: rolloutOf({}, { status: 'AWAITING_APPROVAL' }),
    events: [{ type: 'supersede', at: AT, message: 'a newer commit came' }],
    expect: ({ record }) => record.rollout.status === 'STOPPED' && record.rollout.reason?.code === 'superseded',
  }),
  'deferred hosts catch up': () => ({
    before: rolloutOf({}, { status: 'DONE', finishedAt: START }),
    events: [
      {
        type: 'catch-up',
        at: AT,
        wave: { due: [due('h0')], size: 1, running: 0, rebooting: 0 },
        failed: 0,
      },
    ],
    expect: ({ types }) => types.includes('begin'),
  }),
  'the approval lapses': () => ({
    before: rolloutOf({}, { status: 'AWAITING_APPROVAL' }),
    events: [look({ at: START + APPROVAL_LAPSES_MS })],
    expect: ({ record }) => record.rollout.status === 'STOPPED',
  }),
  'steps overdue': () => ({
    before: rolloutOf(),
    events: [look({ wave: { overdue: ['h0'], running: 1 } })],
    expect: ({ types }) => types.includes('overdue'),
  }),
  'more failures than allowed': () => ({
    before: rolloutOf(),
    events: [look({ wave: { failed: 1, due: [due('h1')] } })],
    expect: ({ record, types }) => record.rollout.status === 'PAUSED' && !types.includes('begin'),
  }),
  'the gate is broken': () => ({
    before: rolloutOf(),
    events: [look({ wave: { proven: 1 }, gate: { kind: 'broken', message: 'web1: nginx.service failed' } })],
    expect: ({ record }) => record.rollout.status === 'PAUSED' && record.rollout.reason?.code === 'gate',
  }),
  'the wave needs an approval': () => ({
    before: rolloutOf({}, { waves: [waveWith(0, { approve: true })] }),
    events: [look({ wave: { due: [due('h0')] } })],
    expect: ({ record, types }) => record.rollout.reason?.code === 'approval' && !types.includes('begin'),
  }),
  'the window is closed': () => ({
    before: rolloutOf(),
    events: [look({ wave: { shut: { hosts: 1, name: 'night', until: AT + 5 } } })],
    expect: ({ record, types }) => record.rollout.reason?.until === AT + 5 && !types.includes('begin'),
  }),
  'hosts that are away at their turn': () => ({
    before: rolloutOf(),
    events: [look({ wave: { absent: [{ hostId: 'h0', code: 'host_offline' }] } })],
    expect: ({ types }) => types.includes('defer'),
  }),
  'hosts begin': () => ({
    before: rolloutOf(),
    events: [look({ wave: { due: [due('h0')] } })],
    expect: ({ record, types }) => types.includes('begin') && record.rollout.startedAt === AT,
  }),
  'nothing of the wave was proven': () => ({
    before: rolloutOf(),
    events: [look()],
    expect: ({ record }) => record.rollout.status === 'PAUSED' && record.rollout.reason?.code === 'hosts_offline',
  }),
  'the soak begins': () => ({
    before: rolloutOf(),
    events: [look({ wave: { proven: 1 } })],
    expect: ({ record }) =>
      record.rollout.waves[0]?.status === 'soaking' && record.rollout.waves[0].soakUntil === AT + 60_000,
  }),
  'the soak goes on': () => ({
    before: rolloutOf(),
    events: [look({ wave: { proven: 1 } }), look({ at: AT + 59_999, wave: { proven: 1 } })],
    expect: ({ record }) => record.rollout.waves[0]?.status === 'soaking' && record.soak?.leftMs === 1,
  }),
  'the wave is done': () => ({
    before: rolloutOf(),
    events: [look({ wave: { proven: 1 } }), look({ at: AT + 60_000, wave: { proven: 1 } })],
    expect: ({ record }) => record.rollout.waves[0]?.status === 'done' && record.rollout.waves[1]?.status === 'waiting',
  }),
};

test('each row has a sample', () => {
  assert.equal(ROLLOUT_ROWS.map(({ name }) => name).sort(), Object.keys(samples).sort());
});

for (const [name, sample] of Object.entries(samples))
  test(`row '${name}' is needed`, () => {
    const { before, events, expect } = sample();
    assert.ok(expect(play(before, events)), 'the sample does not hold with the whole table');
    const without = ROLLOUT_ROWS.filter((row) => row.name !== name);
    assert.not.ok(expect(play(before, events, without)), 'the sample holds without the row');
  });

test('unobserved time does not count', () => {
  const start = rolloutOf();
  const seen = { proven: 1 };
  const { record } = play(start, [
    look({ wave: seen }),
    look({ at: AT + 30_000, wave: seen, observedSince: AT + 20_000 }),
    look({ at: AT + 40_000, wave: seen, gate: { kind: 'unobserved', message: 'web1 is away' } }),
  ]);
  assert.is(record.soak?.leftMs, 50_000);
  assert.is(record.rollout.waves[0]?.soakUntil, AT + 90_000);
});

test('a wave whose hosts were all current already needs no soak', () => {
  const { record } = play(rolloutOf(), [look({ wave: { proven: 1, alreadyCurrent: 1 } })]);
  assert.is(record.rollout.waves[0]?.status, 'done');
});

test('at most maxParallel hosts are under way', () => {
  const { effects } = play(rolloutOf({ maxParallel: 3 }), [
    look({ wave: { size: 9, running: 2, due: [due('h1'), due('h2'), due('h3', 1)] } }),
  ]);
  const begun = effects.find(({ type }) => type === 'begin');
  assert.equal(begun?.type === 'begin' && begun.hosts.map(({ hostId }) => hostId), ['h1', 'h3']);
});

test('a tenth of a wave reboots at once', () => {
  const all = Array.from({ length: 50 }, (_, index) => due(`h${index}`, 0, true));
  const { effects } = play(rolloutOf({ maxParallel: 40 }), [look({ wave: { size: 50, due: all } })]);
  const begun = effects.find(({ type }) => type === 'begin');
  assert.is(begun?.type === 'begin' && begun.hosts.length, 5);
});

test('a rollout with failures within the limit ends DONE and reports them', () => {
  const one = rolloutOf({ maxFailures: 1 }, { waves: [waveWith(0, { soakMs: 0 })] });
  const { record, effects } = play(one, [look({ wave: { size: 2, proven: 1, failed: 1 } })]);
  assert.is(record.rollout.status, 'DONE');
  assert.match(JSON.stringify(effects), /1 host failed/);
});

test('a share of failures counts per wave', () => {
  const share = rolloutOf({ maxFailures: '10%' });
  assert.is(
    play(share, [look({ failedBefore: 9, wave: { size: 20, failed: 2, running: 1 } })]).record.rollout.status,
    'RUNNING',
  );
  assert.is(play(share, [look({ wave: { size: 20, failed: 3, running: 1 } })]).record.rollout.status, 'PAUSED');
});

test('failures before activation quarantine nothing', () => {
  const before = play(rolloutOf(), [look({ wave: { failed: 1 } })]);
  assert.not.ok(before.types.includes('quarantine'));
  const after = play(rolloutOf(), [look({ wave: { failed: 1 }, againstCommit: 1 })]);
  assert.ok(after.types.includes('quarantine'));
});

test('with onFailure "stop" a failure ends the rollout', () => {
  assert.is(play(rolloutOf({ onFailure: 'stop' }), [look({ wave: { failed: 1 } })]).record.rollout.status, 'FAILED');
});

test('a look that sees nothing new changes nothing', () => {
  const running = rolloutOf(
    {},
    { startedAt: AT, waves: [waveWith(0, { status: 'running', startedAt: AT }), waveWith(1)] },
  );
  const step = reduceRollout(running, look({ wave: { running: 1 } }));
  assert.is(step.record, running);
  assert.equal(step.effects, []);
});

const count = fc.integer({ min: 0, max: 2 });
const anyEvent: fc.Arbitrary<RolloutEvent> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        proven: count,
        failed: count,
        running: count,
        alreadyCurrent: fc.constant(0),
        due: fc.array(
          fc.boolean().map((reboots) => due('h', 0, reboots)),
          { maxLength: 2 },
        ),
        absent: fc.array(fc.constant({ hostId: 'h', code: 'host_offline' as const }), { maxLength: 1 }),
        againstCommit: count,
        closed: fc.boolean(),
        gate: fc.constantFrom('holds', 'unobserved', 'broken'),
        step: fc.integer({ min: 0, max: 60_000 }),
      })
      .map(({ againstCommit, closed, gate, step, ...wave }) =>
        look({
          at: START + step,
          wave: { ...wave, size: 4, shut: closed ? { hosts: 1, name: 'night', until: null } : null },
          againstCommit,
          gate: gate === 'holds' ? { kind: 'holds' } : { kind: gate as 'broken', message: 'x' },
        }),
      ),
  },
  fc.constantFrom<RolloutEvent>(
    { type: 'approve', at: AT, actor: 'a' },
    { type: 'pause', at: AT, actor: 'a' },
    { type: 'resume', at: AT, actor: 'a', skipFailed: true, failed: 1, against: 0, broken: [] },
    { type: 'retry', at: AT, actor: 'a', failedBefore: 0, againstBefore: 0 },
    { type: 'stop', at: AT, actor: 'a', undo: 'none' },
    { type: 'supersede', at: AT, message: 'newer' },
    { type: 'catch-up', at: AT, wave: { due: [due('h')], size: 1, running: 0, rebooting: 0 }, failed: 0 },
  ),
);

test('random lives: ends are final, hosts begin only in RUNNING, waves go in order', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('RUNNING' as const, 'AWAITING_APPROVAL' as const),
      fc.boolean(),
      fc.array(anyEvent, { maxLength: 40 }),
      (status, approve, events) => {
        let record = rolloutOf({}, { status, waves: [waveWith(0, { approve }), waveWith(1)] });
        for (const event of events) {
          const before = record.rollout;
          const { record: next, effects } = reduceRollout(record, event);
          const row = ROLLOUT_ROWS.find(
            ({ on, from, when }) => on === event.type && from.includes(before.status) && when(record, event),
          );
          assert.ok(!row || row.to.includes(next.rollout.status), `${row?.name} leads to ${next.rollout.status}`);
          if (!isActiveRollout(before.status)) assert.is(next.rollout.status, before.status);
          // Hosts that wait for a window keep their wave open.
          const shut = event.type === 'look' && event.wave.shut !== null;
          const doneBefore = before.waves.filter((one) => one.status === 'done').length;
          if (shut) assert.is(next.rollout.waves.filter((one) => one.status === 'done').length, doneBefore);
          const begins = effects.some(({ type }) => type === 'begin');
          if (begins)
            assert.ok(next.rollout.status === 'RUNNING' || (event.type === 'catch-up' && before.status === 'DONE'));
          if (begins && event.type === 'look') {
            assert.is.not(event.gate.kind, 'broken');
            const wave = before.waves.find((one) => one.status !== 'done');
            assert.ok(!wave?.approve || wave.startedAt !== null || record.approvedWaves.includes(wave.index));
          }
          const statuses = next.rollout.waves.map((wave) => wave.status);
          assert.ok(statuses[1] === 'waiting' || statuses[0] === 'done', statuses.join());
          if (before.waves[0]?.status === 'done') assert.is(statuses[0], 'done');
          assert.ok(next.rollout.rev >= before.rev);
          assert.is(next.rollout.finishedAt !== null, !isActiveRollout(next.rollout.status));
          record = next;
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test.run();
