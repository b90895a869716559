import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { due, look, play, rolloutOf, START, waveWith } from './fixtures/scenario.ts';

const AT = START + 1_000;

test('deferred hosts catch up until failures exceed the limit', () => {
  const caughtUp = (plan: Parameters<typeof rolloutOf>[0], failed: number, patch: object = {}) => {
    const waves = [waveWith(0, { hosts: Array.from({ length: 20 }, (_, index) => `h${index}`) })];
    const done = { ...rolloutOf(plan, { status: 'DONE', finishedAt: START, waves }), ...patch };
    const wave = { due: [due('h0')], size: 20, running: 0, rebooting: 0 };
    return play(done, [{ type: 'catch-up', at: AT, wave, failed }]).types.includes('begin');
  };
  assert.equal([caughtUp({}, 0), caughtUp({}, 1), caughtUp({}, 1, { forgiven: 1 })], [true, false, true]);
  assert.equal([caughtUp({ maxFailures: '10%' }, 2), caughtUp({ maxFailures: '10%' }, 3)], [true, false]);
  assert.ok(caughtUp({}, 0, { quarantined: true }), 'its quarantine was lifted, or no look would find a host due');
});

test('a commit that fails again after its release is quarantined again, but not for forgiven failures', () => {
  const lifted = (forgiven: number) => ({ ...rolloutOf(), quarantined: true, forgiven, forgivenAgainst: forgiven });
  const quarantines = (forgiven: number, event: ReturnType<typeof look>) =>
    play(lifted(forgiven), [event]).types.includes('quarantine');
  const broken = look({ wave: { proven: 1 }, gate: { kind: 'broken', message: 'x' } });
  assert.ok(quarantines(1, broken));
  assert.ok(quarantines(0, look({ wave: { failed: 1 }, againstCommit: 1 })));
  assert.not.ok(quarantines(1, look({ wave: { failed: 2 }, againstCommit: 1 })));
});

test('only failures after activation beyond maxFailures quarantine', () => {
  const quarantines = (maxFailures: number | string, seen: Parameters<typeof look>[0]) => {
    const { record, types } = play(rolloutOf({ maxFailures }), [look(seen)]);
    assert.is(record.rollout.status, 'PAUSED');
    return types.includes('quarantine');
  };
  assert.not.ok(quarantines(2, { wave: { failed: 3 }, againstCommit: 2 }));
  assert.ok(quarantines(2, { wave: { failed: 3 }, againstCommit: 3 }));
  assert.ok(quarantines(2, { failedBefore: 2, againstBefore: 2, wave: { failed: 1 }, againstCommit: 1 }));
  assert.not.ok(quarantines(2, { failedBefore: 2, againstBefore: 1, wave: { failed: 1 }, againstCommit: 1 }));
  const share = { failedBefore: 9, againstBefore: 9, wave: { size: 20, failed: 3 } };
  assert.not.ok(quarantines('10%', { ...share, againstCommit: 2 }));
  assert.ok(quarantines('10%', { ...share, againstCommit: 3 }));
});

const PAUSE = { type: 'pause', at: AT, actor: 'ann' } as const;
const RESUME = {
  type: 'resume',
  at: AT,
  actor: 'ann',
  skipFailed: false,
  failed: 1,
  against: 1,
  broken: ['h0'],
} as const;
const STALE = look({ wave: { failed: 1 }, againstCommit: 1 });

test("failures during a person's pause become its reason, quarantine the commit once, and end a rollout with onFailure stop", () => {
  const { record, types } = play(rolloutOf(), [PAUSE, STALE, STALE]);
  assert.equal([record.rollout.status, record.rollout.reason?.code], ['PAUSED', 'failures']);
  assert.is(types.filter((type) => type === 'quarantine').length, 1);
  assert.is(play(rolloutOf({ onFailure: 'stop' }), [PAUSE, STALE]).record.rollout.status, 'FAILED');
  const built = play(rolloutOf(), [look({ wave: { failed: 1 } }), look({ wave: { failed: 2 }, againstCommit: 1 })]);
  assert.ok(built.types.includes('quarantine'), 'a build failed first, and then a host that was under way');
});

test('a newer commit does not replace a rollout that a person paused, even once hosts failed in it', () => {
  const supersede = { type: 'supersede', at: AT, message: 'newer' } as const;
  const statusAfter = (...events: Parameters<typeof play>[1]) => play(rolloutOf(), events).record.rollout.status;
  assert.is(statusAfter(PAUSE, STALE, supersede), 'PAUSED');
  assert.is(statusAfter(PAUSE, RESUME, STALE, supersede), 'STOPPED');
});

test('a pause for failures names their number and the limit', () => {
  for (const [maxFailures, words] of [
    [0, '3 hosts failed; none may'],
    [2, '3 hosts failed; at most 2 may'],
    ['10%', '3 hosts failed; at most 10% of a wave may'],
  ] as const)
    assert.is(play(rolloutOf({ maxFailures }), [look({ wave: { failed: 3 } })]).record.rollout.reason?.message, words);
});

test('an end with hosts that are not proven says so, and is not a success', () => {
  const waves = [waveWith(0, { status: 'done', hosts: ['h0', 'h1'] }), waveWith(1, { hosts: ['h2', 'h3'] })];
  for (const [provenBefore, seen, failedBefore, words] of [
    [2, { proven: 2 }, 0, 'success nightly is done'],
    [2, { proven: 1 }, 0, 'warn nightly is done; 1 host is not proven'],
    [1, { proven: 1 }, 1, 'warn nightly is done; 1 host failed, 1 more is not proven'],
    [0, { proven: 1, failed: 1 }, 0, 'warn nightly is done; 1 host failed, 2 more are not proven'],
    [0, { proven: 1, failed: 1 }, 2, 'warn nightly is done; 3 hosts failed'],
  ] as const) {
    const { effects } = play(rolloutOf({ maxFailures: 3 }, { waves }), [
      look({ provenBefore, failedBefore, wave: { size: 2, ...seen } }),
    ]);
    assert.equal(
      effects.flatMap((effect) => (effect.type === 'event' ? `${effect.level} ${effect.message}` : [])),
      [words],
    );
  }
});

test('a wave without a proof pauses it once: a resume goes past that wave, and past no other', () => {
  const past = play(rolloutOf(), [look(), RESUME, look()]).record;
  assert.equal([past.rollout.status, past.rollout.waves.map(({ status }) => status)], ['RUNNING', ['done', 'waiting']]);
  const next = play(past, [look()]).record;
  assert.equal([next.rollout.status, next.rollout.reason?.code], ['PAUSED', 'hosts_offline']);
  assert.is(play(next, [RESUME, look()]).record.rollout.status, 'DONE');
  const retry = { type: 'retry', at: AT, actor: 'ann', failedBefore: 0, againstBefore: 0 } as const;
  assert.is(play(rolloutOf(), [look(), RESUME, retry, look()]).record.rollout.status, 'PAUSED', 'it asks again');
});

test('a resume forgives only the reason of the pause', () => {
  const told = play(rolloutOf(), [STALE, RESUME, STALE]).record;
  assert.equal([told.rollout.status, told.forgivenHosts], ['PAUSED', []]);
  assert.is(told.rollout.reason?.code, 'hosts_offline', 'nothing was proven, but its failure is forgiven');
  const broken = look({ wave: { proven: 1 }, gate: { kind: 'broken', message: 'x' } });
  for (const unseen of [STALE, broken]) {
    const { rollout } = play(rolloutOf(), [PAUSE, RESUME, unseen]).record;
    assert.equal([rollout.status, rollout.reason?.code], ['PAUSED', unseen === STALE ? 'failures' : 'gate']);
  }
  assert.equal(play(rolloutOf(), [broken, RESUME]).record.forgivenHosts, ['h0']);
});

test.run();
