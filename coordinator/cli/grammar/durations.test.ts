import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDuration, parseMoment } from './durations.ts';

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

test('a moment is a date, a time with its zone, or so long ago', () => {
  assert.equal(parseMoment('2026-01-01'), { kind: 'at', at: Date.UTC(2026, 0, 1) });
  assert.equal(parseMoment('2026-01-01T08:00+01:00'), { kind: 'at', at: Date.UTC(2026, 0, 1, 7) });
  assert.equal(parseMoment('7d'), { kind: 'ago', ms: 7 * 86_400_000 });
  for (const text of ['', 'yesterday', '2026', '2026-13-01', '2026-01-01T08:00', '1', '01/02/2026'])
    assert.is(parseMoment(text), undefined, text);
});

test.run();
