import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { STATUSES, type Status } from '../../shared/command.ts';
import type { Standing } from '../../shared/rollout.ts';
import { type HostDecisions, speaksAgainstCommit, standingOf, type Turn } from './standing.ts';

const NONE: HostDecisions = { withdrawn: new Set(), passedOver: null, overdue: false, skipped: false };

const turn = (status: Status, code: string | null = null, step = 0): Turn => ({
  step,
  commandId: `c${step}`,
  status,
  code,
});

const standing = (turns: readonly Turn[], decisions: Partial<HostDecisions> = {}, steps = 2) =>
  standingOf(turns, steps, { ...NONE, ...decisions });

const cases: [title: string, turns: Turn[], decisions: Partial<HostDecisions>, Standing, next: number | null][] = [
  ['before its turn', [], {}, 'waiting', 0],
  ['its command waits', [turn('QUEUED')], {}, 'running', null],
  ['its command runs', [turn('EXECUTING')], {}, 'running', null],
  ['the first of two steps is a success', [turn('SUCCESS')], {}, 'running', 1],
  ['both steps are', [turn('SUCCESS'), turn('SUCCESS', null, 1)], {}, 'proven', null],
  ['the first had nothing to do', [turn('BLOCKED', 'already_current')], {}, 'running', 1],
  ['it is ahead of the commit', [turn('ERROR', 'older_commit')], {}, 'proven', null],
  ['it ended PARTIAL', [turn('PARTIAL', 'units_failed')], {}, 'failed', null],
  ['it is LOST', [turn('LOST')], {}, 'failed', null],
  ['a person cancelled it', [turn('CANCELLED', 'cancelled')], {}, 'failed', null],
  ['it expired in the queue', [turn('EXPIRED', 'expired')], {}, 'deferred', null],
  ['it was offline when it was asked', [turn('BLOCKED', 'host_offline')], {}, 'deferred', null],
  ['it was passed over', [], { passedOver: 'host_offline' }, 'deferred', null],
  ['the second step was passed over', [turn('SUCCESS')], { passedOver: 'host_offline' }, 'deferred', null],
  ['the rollout took its command back', [turn('CANCELLED', 'cancelled')], { withdrawn: new Set(['c0']) }, 'waiting', 0],
  ['its step took too long', [turn('EXECUTING')], { overdue: true }, 'failed', null],
  ['it was left out', [], { skipped: true }, 'skipped', null],
  ['a person left it out after its failure', [turn('ERROR', 'exit_nonzero')], { skipped: true }, 'skipped', null],
];

for (const [title, turns, decisions, expected, next] of cases)
  test(`${title}: ${expected}`, () => {
    const found = standing(turns, decisions);
    assert.equal([found.standing, found.next], [expected, next]);
  });

test('only SUCCESS and "nothing to do" prove a host', () => {
  for (const status of STATUSES)
    for (const code of [null, 'exit_nonzero', 'units_failed', 'quarantined'])
      assert.is(standing([turn(status, code)], {}, 1).standing === 'proven', status === 'SUCCESS', `${status} ${code}`);
});

test('only failures after activation speak against the commit', () => {
  assert.is(speaksAgainstCommit({ status: 'STALE_BINARY', code: 'stale_binary' }), true);
  assert.is(speaksAgainstCommit({ status: 'PARTIAL', code: 'units_failed' }), true);
  assert.is(speaksAgainstCommit({ status: 'PARTIAL', code: 'post_check_unverified' }), false);
  assert.is(speaksAgainstCommit({ status: 'ERROR', code: 'exit_nonzero' }), false);
});

test.run();
