import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { busyAfter, isSpent, mayGoOn } from './pace.ts';

/** Frames of one cost each, `gapMs` apart; says how many are read before reading must stop, at most `most`. */
function readAtGap(gapMs: number, most: number): number {
  let [busyUntil, now, count] = [0, 0, 0];
  while (count < most) {
    now += gapMs;
    busyUntil = busyAfter(busyUntil, 1, now);
    count += 1;
    if (isSpent(busyUntil, now)) break;
  }
  return count;
}

test('a burst of 2,000 frames is read at once, 500 a second for ever, and a faster host is stopped', () => {
  assert.is(readAtGap(0, 5_000), 2_001);
  assert.is(readAtGap(2, 50_000), 50_000);
  assert.is(readAtGap(1, 50_000), 4_000);
});

test('reading goes on once a second of frames fits into the burst again', () => {
  const busyUntil = busyAfter(0, 2_500, 0);
  assert.ok(isSpent(busyUntil, 0));
  assert.not(mayGoOn(busyUntil, 1_999));
  assert.ok(mayGoOn(busyUntil, 2_000));
});

test('a rest earns no more than the burst', () => {
  void fc.assert(
    fc.property(fc.nat(10_000_000), fc.nat(2_000), (restMs, cost) => {
      const now = restMs + 1;
      const busyUntil = busyAfter(busyAfter(0, cost, 1), 2_001, now);
      assert.ok(isSpent(busyUntil, now));
    }),
  );
});

test.run();
