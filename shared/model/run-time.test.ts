import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runTime } from './run-time.ts';

const NOON = Date.UTC(2026, 4, 4, 12);
const MINUTE = 60_000;

/** Sent at noon, accepted 100 ms later, and ended after 10.1 s, by the coordinator's clock. */
const times = (known: Partial<Parameters<typeof runTime>[0]> = {}) => ({
  dispatchedAt: NOON,
  acceptedAt: NOON + 100,
  startedAt: null,
  exitedAt: null,
  finishedAt: null,
  ...known,
});

test("an ended command ran as long as its host says, however far the host's clock is off", () => {
  for (const off of [0, 10 * MINUTE, -10 * MINUTE, -NOON]) {
    const known = times({ startedAt: NOON + off + 110, exitedAt: NOON + off + 10_210, finishedAt: NOON + 10_300 });
    assert.is(runTime(known, NOON + 99 * MINUTE), 10_100, `${off}`);
  }
});

test('a late report makes a run no longer: a cut of 30 s is not part of it', () => {
  const known = times({ startedAt: NOON + 110, exitedAt: NOON + 10_210, finishedAt: NOON + 33_000 });
  assert.is(runTime(known, NOON + 40_000), 10_100);
});

test('while it runs, and without a known end, the coordinator’s clock counts', () => {
  const running = times({ startedAt: NOON - 10 * MINUTE });
  assert.is(runTime(running, NOON + 5_100), 5_000);
  assert.is(runTime({ ...running, finishedAt: NOON + 3_100 }, NOON + MINUTE), 3_000);
  assert.is(runTime(times({ acceptedAt: NOON + 9 }), NOON), 0);
});

test("a host's span does not count if its clock was set during the run", () => {
  for (const exitedAt of [NOON - MINUTE, NOON + 24 * 60 * MINUTE])
    assert.is(runTime(times({ startedAt: NOON + 110, exitedAt, finishedAt: NOON + 5_100 }), NOON + MINUTE), 5_000);
});

test('a command that no host accepted did not run', () => {
  assert.is(runTime(times({ acceptedAt: null }), NOON + MINUTE), null);
});

test.run();
