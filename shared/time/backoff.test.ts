import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { backoffMs } from './backoff.ts';

test('waits double up to a bound, and stay numbers after any number of failures', () => {
  const waits = [0, 1, 2, 3, 5_000].map((tries) => backoffMs(tries, { firstMs: 500, longestMs: 3_000 }));
  assert.equal(waits, [500, 1_000, 2_000, 3_000, 3_000]);
  assert.is(backoffMs(5_000, { firstMs: 1, longestMs: Number.POSITIVE_INFINITY }), 65_536);
});

test.run();
