import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agoInWords, lengthInWords } from './spans.ts';

const MIN = 60_000;

test('a configured length is shown as it was set, a measured one rounded to the minute', () => {
  const lengths = [30 * MIN, 90 * MIN, 120 * MIN, 30_000, 400, 1_500, 37.4 * MIN];
  assert.equal(lengths.map(lengthInWords), ['30 min', '90 min', '2 h', '30 s', '400 ms', '2 s', '37 min']);
});

test('ticking seconds are not a change', () => {
  assert.equal([0, 59_999, 61_000, 3 * 60 * MIN].map(agoInWords), ['just now', 'just now', '1 min ago', '3 h ago']);
});

test.run();
