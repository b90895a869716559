import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from './fake-clock.ts';
import { createLivedTime } from './lived-time.ts';

test('time that is asked for often enough is the monotonic one', () => {
  const clock = createFakeClock();
  const gaps: number[] = [];
  const lived = createLivedTime({ clock, stepMs: 1_000, onGap: (byMs) => gaps.push(byMs) });
  for (let n = 0; n < 10; n++) {
    clock.advance(1_000);
    lived.now();
  }
  assert.is(lived.now(), 10_000);
  assert.equal(gaps, []);
});

test('of a gap no more than a step counts, and the rest is told once', () => {
  const clock = createFakeClock();
  const gaps: number[] = [];
  const lived = createLivedTime({ clock, stepMs: 1_000, onGap: (byMs) => gaps.push(byMs) });
  clock.stall(600_000);
  assert.is(lived.now(), 1_000);
  assert.is(lived.now(), 1_000);
  assert.equal(gaps, [599_000]);
  clock.advance(500);
  assert.is(lived.now(), 1_500);
});

test.run();
