import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { watchLiveness } from './liveness.ts';

function watch() {
  const clock = createFakeClock();
  const said: string[] = [];
  const liveness = watchLiveness({ clock, ping: () => said.push('ping'), giveUp: () => said.push('give up') });
  return { clock, said, liveness };
}

test('10 s without an inbound frame ask for a sign of life, 30 s end the connection', () => {
  const { clock, said } = watch();
  clock.advance(9_999);
  assert.equal(said, []);
  clock.advance(1);
  assert.equal(said, ['ping']);
  clock.advance(19_999);
  assert.equal(said, ['ping', 'ping']);
  clock.advance(1);
  assert.equal(said, ['ping', 'ping', 'give up']);
  assert.is(clock.pending(), 0);
});

test('any inbound frame restarts both waits', () => {
  const { clock, said, liveness } = watch();
  for (let second = 0; second < 60; second += 6) {
    clock.advance(6_000);
    liveness.inbound();
  }
  assert.equal(said, []);
  clock.advance(30_000);
  assert.is(said.at(-1), 'give up');
});

test('setting the wall clock has no effect', () => {
  const { clock, said } = watch();
  clock.setWall(clock.now() + 86_400_000);
  clock.advance(9_999);
  assert.equal(said, []);
});

test('while the agent itself was stopped nobody was silent', () => {
  const { clock, said } = watch();
  for (const ms of [1_000, 30_000, 600_000]) clock.stall(ms);
  clock.advance(0);
  assert.equal(said, ['ping']);
  clock.advance(30_000);
  assert.is(said.at(-1), 'give up');
});

test('closed, it asks nothing more', () => {
  const { clock, said, liveness } = watch();
  liveness.close();
  clock.advance(60_000);
  assert.equal(said, []);
});

test.run();
