import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatAge, formatSpan, parseDuration } from './durations.ts';

test('durations are read in seconds, minutes, hours and days', () => {
  for (const [text, ms] of [
    ['90s', 90_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
    ['0s', 0],
    ['5', undefined],
    ['m5', undefined],
    ['-5m', undefined],
    ['5 m', undefined],
    ['', undefined],
    ['400d', undefined],
  ] as const)
    assert.is(parseDuration(text), ms, text);
});

test('a running time is shown as a stopwatch shows it, an age in its largest unit', () => {
  assert.equal([0, 7_900, 252_000, 1_800_000, 3_723_000, -5].map(formatSpan), [
    '0:00',
    '0:07',
    '4:12',
    '30:00',
    '1:02:03',
    '0:00',
  ]);
  assert.equal([0, 59_400, 60_000, 7_200_000, 400_000_000].map(formatAge), ['0 s', '59 s', '1 min', '2 h', '4 d']);
});

test.run();
