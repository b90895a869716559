import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDuration } from './durations.ts';

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

test.run();
