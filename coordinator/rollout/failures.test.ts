import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { due, play, rolloutOf, START, waveWith } from './fixtures/scenario.ts';

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

test.run();
