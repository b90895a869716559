import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { STATUSES, type Status } from '../../../shared/model/command.ts';
import type { RolloutStatus } from '../../../shared/model/rollout.ts';
import { exitStatusOf, rolloutExit, worstOf } from './exit-status.ts';

const ended = (status: Status, acceptedAt: number | null = 1, code: string | null = null) => ({
  status,
  acceptedAt,
  code,
});

test('each end has the exit status that docs/cli.md gives it', () => {
  const table = Object.fromEntries(STATUSES.map((status) => [status, exitStatusOf(ended(status))]));
  assert.equal(table, {
    QUEUED: 6,
    PENDING: 6,
    EXECUTING: 6,
    KILLING: 6,
    AWAITING_POST_CHECK: 6,
    AWAITING_RECONNECT: 6,
    SUCCESS: 0,
    PARTIAL: 3,
    SUSPICIOUS: 3,
    LOST: 3,
    BLOCKED: 5,
    EXPIRED: 5,
    ERROR: 1,
    TIMEOUT: 1,
    KILLED: 1,
    CANCELLED: 1,
    STALE_BINARY: 1,
    ABORTED_BY_REBOOT: 1,
    ROLLED_BACK: 1,
  });
});

test('a command cancelled before a host had it never ran', () => {
  assert.is(exitStatusOf(ended('CANCELLED', null)), 5);
});

test('nothing to do is not a failure', () => {
  assert.is(exitStatusOf(ended('BLOCKED', null, 'already_current')), 0);
  assert.is(worstOf([ended('BLOCKED', null, 'already_current'), ended('SUCCESS')]), 0);
  assert.is(worstOf([ended('BLOCKED', null, 'already_current'), ended('BLOCKED', null, 'host_offline')]), 5);
});

test('among several statuses the first of 6, 1, 3, 5 counts', () => {
  const all: Status[] = ['SUCCESS', 'BLOCKED', 'PARTIAL', 'ERROR', 'EXECUTING'];
  const worst = all.map((_, at) => worstOf(all.slice(0, at + 1).map((status) => ended(status))));
  assert.equal(worst, [0, 5, 3, 1, 6]);
  assert.is(worstOf([]), 0);
});

test('a rollout: 6 while a person has to decide, 1 if a host failed, 5 if nothing ran on one', () => {
  const counts = { waiting: 0, running: 0, proven: 3, failed: 0, deferred: 0, skipped: 0 };
  const exit = (status: RolloutStatus, more: Partial<typeof counts> = {}) =>
    rolloutExit({ status, counts: { ...counts, ...more } });
  assert.equal([exit('RUNNING'), exit('PAUSED', { failed: 1 }), exit('AWAITING_APPROVAL')], [6, 6, 6]);
  assert.equal([exit('DONE'), exit('DONE', { failed: 1, deferred: 1 }), exit('DONE', { deferred: 1 })], [0, 1, 5]);
  assert.equal([exit('FAILED'), exit('STOPPED')], [1, 1]);
});

test.run();
