import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command } from '../../../shared/model/command.ts';
import { deadlineOf, elapsedOf, timeBarOf } from './deadline.ts';
import { size, wallTime } from './duration.ts';

const NOON = Date.UTC(2026, 4, 4, 12, 0, 0);
const MINUTE = 60_000;
const none = {
  timeoutStatus: 'NORMAL',
  queuedUntil: null,
  notAfter: null,
  warningAt: null,
  timeoutAt: null,
  reconnectBy: null,
  postCheckBy: null,
  decideBy: null,
  acceptedAt: null,
  startedAt: null,
  exitedAt: null,
  finishedAt: null,
};
const command = (known: Partial<Command>): Command => ({ ...none, ...known }) as Command;
const text = (known: Partial<Command>, now = NOON) => deadlineOf(command(known), now, 'utc')?.text;

test('a deadline says what happens then, and how far it has passed', () => {
  const timeoutAt = NOON + 32 * MINUTE;
  assert.is(text({ status: 'EXECUTING', timeoutAt }), 'asks 12:32 UTC');
  assert.is(text({ status: 'EXECUTING', timeoutAt }, timeoutAt + 130_000), 'overdue 2:10');
  assert.is(text({ status: 'QUEUED', queuedUntil: timeoutAt }), 'expires 12:32 UTC');
  assert.is(text({ status: 'AWAITING_RECONNECT', reconnectBy: timeoutAt }), 'back by 12:32 UTC');
  assert.is(
    text({ status: 'EXECUTING', timeoutStatus: 'TIMED_OUT', timeoutAt: NOON - 1, decideBy: timeoutAt }),
    'killed 12:32 UTC',
  );
  assert.is(text({ status: 'SUCCESS', timeoutAt }), undefined, 'nothing is waited for after the end');
});

test('a deadline of another day says which', () => {
  assert.is(text({ status: 'QUEUED', queuedUntil: NOON + 24 * 60 * MINUTE }), 'expires 5 May 12:00 UTC');
  assert.is(text({ status: 'QUEUED', queuedUntil: NOON + 365 * 24 * 60 * MINUTE }), 'expires 2027-05-04 12:00 UTC');
});

test('the bar of time has no share without a known limit', () => {
  const known = { status: 'EXECUTING', acceptedAt: NOON, warningAt: NOON + 10 * MINUTE, timeoutAt: NOON + 30 * MINUTE };
  assert.equal(timeBarOf(command(known as Partial<Command>), NOON + 15 * MINUTE), { elapsed: 0.5, warning: 1 / 3 });
  assert.equal(timeBarOf(command({ ...known, timeoutAt: null } as Partial<Command>), NOON), null);
  assert.is(timeBarOf(command(known as Partial<Command>), NOON + 99 * MINUTE)?.elapsed, 1);
});

test('a command that has not begun has taken no time', () => {
  assert.is(elapsedOf(command({ status: 'PENDING' }), NOON), null);
  const ran = { acceptedAt: NOON, startedAt: 0, exitedAt: 252_000, finishedAt: NOON + 253_000 };
  assert.is(elapsedOf(command({ status: 'SUCCESS', ...ran }), NOON * 2), '4:12');
});

test('times and sizes read as people write them', () => {
  assert.is(wallTime(NOON, NOON + MINUTE, 'utc'), '12:00:00 UTC');
  assert.is(wallTime(NOON, NOON + 86_400_000, 'utc'), '2026-05-04 12:00:00 UTC');
  assert.equal([999, 12_400, 5_000_000].map(size), ['999 B', '12.4 kB', '5.0 MB']);
});

test.run();
