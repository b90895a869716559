import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from './fake-clock.ts';
import { afterLived, createLivedTime } from './lived-time.ts';

test('with frequent calls, lived time is monotonic time', () => {
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

test('a gap counts as one step at most, and the rest is reported once', () => {
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

test('a wait of lived time ends on time, and a cancelled one never', () => {
  const clock = createFakeClock();
  const ended: string[] = [];
  afterLived(clock, 20_000, () => ended.push('long'));
  const callOff = afterLived(clock, 500, () => ended.push('called off'));
  callOff();
  clock.advance(19_999);
  assert.equal(ended, []);
  clock.advance(1);
  assert.equal(ended, ['long']);
  assert.is(clock.pending(), 0);
});

test('no stall ends a wait of lived time: frames that arrived meanwhile are read first', () => {
  const clock = createFakeClock();
  let isOver = false;
  afterLived(clock, 20_000, () => {
    isOver = true;
  });
  clock.advance(19_500);
  clock.stall(600_000);
  clock.advance(0);
  assert.not(isOver);
  clock.advance(1_000);
  assert.ok(isOver);
});

test.run();
