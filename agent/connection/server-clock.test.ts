import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { createServerClock } from './server-clock.ts';

test("the coordinator's time is this host's until the coordinator has sent its own", () => {
  const clock = createFakeClock();
  assert.is(createServerClock(clock).now(), clock.now());
});

test('the whole round trip counts as the way back, so nothing starts later than it may', () => {
  const clock = createFakeClock();
  const server = createServerClock(clock);
  server.learn(5_000_000, 200);
  assert.is(server.now(), 5_000_200);
  clock.advance(1000);
  assert.is(server.now(), 5_001_200);
});

test("setting this host's clock does not move it", () => {
  const clock = createFakeClock();
  const server = createServerClock(clock);
  server.learn(5_000_000, 0);
  clock.setWall(0);
  assert.is(server.now(), 5_000_000);
});

test('it goes on while this host is suspended', () => {
  const clock = createFakeClock();
  const server = createServerClock(clock);
  server.learn(5_000_000, 0);
  clock.suspend(60_000);
  assert.is(server.now(), 5_060_000);
});

test.run();
