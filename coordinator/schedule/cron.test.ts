import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readCron } from './cron.ts';

/** The next `count` times after `from`, as ISO times in UTC. */
function times(pattern: string, timezone: string, from: string, count: number): string[] {
  const reading = readCron(pattern, timezone);
  if (reading.kind === 'fault') throw new Error(reading.fault);
  const found: string[] = [];
  for (let at: number | null = Date.parse(from); at !== null && found.length < count; ) {
    at = reading.times.after(at);
    if (at !== null) found.push(new Date(at).toISOString().slice(5, 16));
  }
  return found;
}

test('a time of day is in its own time zone', () => {
  assert.equal(times('30 22 * * 1-5', 'Europe/Berlin', '2026-06-05T12:00Z', 2), ['06-05T20:30', '06-08T20:30']);
});

test('a time skipped by a clock change comes at the end of the gap, and a repeated one comes once', () => {
  assert.equal(times('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', 2), ['03-29T01:00', '03-30T00:30']);
  assert.equal(times('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 2), ['10-25T00:30', '10-26T01:30']);
});

test('answers do not depend on earlier questions', () => {
  const read = () => {
    const reading = readCron('*/20 2-4 * * *', 'Europe/Berlin');
    if (reading.kind === 'fault') throw new Error(reading.fault);
    return reading.times;
  };
  const asked = read();
  const start = Date.parse('2026-03-28T23:00Z');
  for (let turn = 0; turn < 200; turn += 1) {
    // Forward by minutes, and now and then back.
    const at = start + ((turn * 7 * 60_000) % (5 * 3_600_000)) - (turn % 3 === 0 ? 1 : 0);
    assert.is(asked.after(at), read().after(at), new Date(at).toISOString());
  }
});

test('an invalid pattern and one without any time are refused', () => {
  for (const pattern of ['', 'often', '61 * * * *', '* * * *', '* * * * * *', '0 0 30 2 *'])
    assert.is(readCron(pattern, 'UTC').kind, 'fault', pattern);
});

test.run();
