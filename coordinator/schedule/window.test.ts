import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DAYS, type Day } from '../../shared/model/window.ts';
import { createSchedule, type WindowTimes } from './window.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (iso: string): number => Date.parse(iso);
const everyDay = { days: DAYS, timezone: 'Europe/Berlin' };

/** Openings that begin in this span, as ISO times in UTC. */
function openings(times: WindowTimes, from: string, to: string): string[] {
  const schedule = createSchedule(times);
  const found: string[] = [];
  let now = at(from);
  for (;;) {
    const opens = schedule.opensFor(now, 1);
    if (opens === null || opens >= at(to)) return found;
    const closes = schedule.closesAt(opens) ?? at(to);
    found.push(`${new Date(opens).toISOString().slice(5, 16)} to ${new Date(closes).toISOString().slice(5, 16)}`);
    now = closes;
  }
}

test('a window across midnight belongs to the day of its start', () => {
  const night = { days: ['fri'], from: '22:00', to: '04:30', timezone: 'Europe/Berlin' } as const;
  assert.equal(openings(night, '2026-06-01T00:00Z', '2026-06-15T00:00Z'), [
    '06-05T20:00 to 06-06T02:30',
    '06-12T20:00 to 06-13T02:30',
  ]);
});

test('a time skipped by a clock change opens the window at the end of the gap', () => {
  // 2026-03-29, 02:00 becomes 03:00.
  assert.equal(openings({ ...everyDay, from: '02:30', to: '04:00' }, '2026-03-28T12:00Z', '2026-03-29T12:00Z'), [
    '03-29T01:00 to 03-29T02:00',
  ]);
  assert.equal(
    openings({ ...everyDay, from: '02:10', to: '02:50' }, '2026-03-28T12:00Z', '2026-03-29T12:00Z'),
    [],
    'all of it is left out',
  );
});

test('a repeated hour opens the window twice', () => {
  // 2026-10-25, 03:00 becomes 02:00.
  assert.equal(openings({ ...everyDay, from: '02:00', to: '02:30' }, '2026-10-24T12:00Z', '2026-10-25T12:00Z'), [
    '10-25T00:00 to 10-25T00:30',
    '10-25T01:00 to 10-25T01:30',
  ]);
  assert.equal(openings({ ...everyDay, from: '01:00', to: '04:00' }, '2026-10-24T12:00Z', '2026-10-25T12:00Z'), [
    '10-24T23:00 to 10-25T03:00',
  ]);
});

test('adjacent whole days join, and a window of a whole week never closes', () => {
  const weekend = { days: ['sat', 'sun'], from: '00:00', to: '24:00', timezone: 'UTC' } as const;
  assert.equal(openings(weekend, '2026-06-01T00:00Z', '2026-06-08T00:00Z'), ['06-06T00:00 to 06-08T00:00']);
  const always = createSchedule({ ...everyDay, from: '00:00', to: '24:00' });
  assert.equal([always.isOpen(0), always.closesAt(0), always.opensFor(5, 99 * HOUR)], [true, null, 5]);
});

test('work that does not fit into the present opening waits for one that is long enough', () => {
  const schedule = createSchedule({ ...everyDay, from: '22:00', to: '23:00' });
  const halfPast = at('2026-06-01T20:30Z');
  assert.is(schedule.opensFor(halfPast, 30 * MINUTE), halfPast);
  assert.is(schedule.opensFor(halfPast, 31 * MINUTE), at('2026-06-02T20:00Z'));
  assert.is(schedule.opensFor(halfPast, 61 * MINUTE), null);
  // Once a year, the hour comes twice.
  const twice = createSchedule({ ...everyDay, from: '01:30', to: '03:30' });
  assert.is(twice.opensFor(halfPast, 150 * MINUTE), at('2026-10-24T23:30Z'));
});

const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo', 'Asia/Kathmandu', 'UTC'];
const SHORT: Record<string, Day> = {
  Sun: 'sun',
  Mon: 'mon',
  Tue: 'tue',
  Wed: 'wed',
  Thu: 'thu',
  Fri: 'fri',
  Sat: 'sat',
};

/** Whether the local time is in the window, by Intl alone. */
function isIn({ days, from, to }: WindowTimes, local: Intl.DateTimeFormat, now: number): boolean {
  const parts = Object.fromEntries(local.formatToParts(now).map(({ type, value }) => [type, value]));
  const time = `${parts.hour}:${parts.minute}`;
  const day = DAYS.indexOf(SHORT[parts.weekday ?? ''] as Day);
  const [today, yesterday] = [day, (day + 6) % 7].map((one) => days.includes(DAYS[one] as Day));
  if (from < to) return today === true && time >= from && time < to;
  return (today === true && time >= from) || (yesterday === true && time < to);
}

const time = fc.integer({ min: 0, max: 95 }).map((quarter) => {
  const minute = (quarter % 4) * 15 + (quarter % 3);
  return `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
});
// Days around clock changes, and any day.
const moment = fc.constantFrom(
  '2026-03-08',
  '2026-03-29',
  '2026-04-05',
  '2026-04-24',
  '2026-10-04',
  '2026-10-25',
  '2026-11-01',
  '2026-10-29',
  '2026-07-14',
);

test('any window, zone and day matches a scan of each minute', () => {
  fc.assert(
    fc.property(
      fc.subarray([...DAYS], { minLength: 1 }),
      time,
      time,
      fc.constantFrom(...ZONES),
      moment,
      (days, from, to, timezone, day) => {
        fc.pre(from !== to);
        const times = { days, from, to, timezone };
        const schedule = createSchedule(times);
        const local = new Intl.DateTimeFormat('en-US', {
          timeZone: timezone,
          weekday: 'short',
          hour: '2-digit',
          minute: '2-digit',
          hourCycle: 'h23',
        });
        const start = at(`${day}T00:00Z`) - 12 * HOUR;
        const scan = Array.from({ length: 48 * 60 }, (_, minute) => isIn(times, local, start + minute * MINUTE));
        for (let minute = 0; minute < scan.length; minute += 1) {
          const now = start + minute * MINUTE + (minute % 60) * 999;
          assert.is(schedule.isOpen(now), scan[minute], `${JSON.stringify(times)} at ${new Date(now).toISOString()}`);
          if (minute % 97 !== 0) continue;
          const edge = scan.findIndex((open, later) => later > minute && open !== scan[minute]);
          if (edge < 0) continue;
          const change = scan[minute] ? schedule.closesAt(now) : schedule.opensFor(now, 1);
          assert.is(change, start + edge * MINUTE, `${JSON.stringify(times)} after ${new Date(now).toISOString()}`);
        }
      },
    ),
    { numRuns: 25 },
  );
});

test.run();
