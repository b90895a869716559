import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { age, clockSpan } from './spans.ts';

test('a running time is shown as a stopwatch shows it, an age in its largest unit', () => {
  assert.equal([0, 7_900, 252_000, 1_800_000, 3_723_000, -5].map(clockSpan), [
    '0:00',
    '0:07',
    '4:12',
    '30:00',
    '1:02:03',
    '0:00',
  ]);
  assert.equal([0, 59_400, 60_000, 7_200_000, 400_000_000].map(age), ['0 s', '59 s', '1 min', '2 h', '4 d']);
});

test.run();
