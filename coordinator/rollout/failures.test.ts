import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { due, look, play, rolloutOf, START, waveWith } from './fixtures/scenario.ts';

const AT = START + 1_000;

test('deferred hosts catch up as long as no more have failed than may', () => {
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

test('a commit that fails again after its quarantine was lifted is quarantined again, but not for what was forgiven', () => {
  const lifted = (forgiven: number) => ({ ...rolloutOf(), quarantined: true, forgiven });
  const quarantines = (forgiven: number, event: ReturnType<typeof look>) =>
    play(lifted(forgiven), [event]).types.includes('quarantine');
  const broken = look({ wave: { proven: 1 }, gate: { kind: 'broken', message: 'x' } });
  assert.ok(quarantines(1, broken));
  assert.ok(quarantines(0, look({ wave: { failed: 1 }, againstCommit: 1 })));
  assert.not.ok(quarantines(1, look({ wave: { failed: 2 }, againstCommit: 1 })));
});

test.run();
