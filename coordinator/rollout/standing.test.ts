import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { STATUSES, type Status } from '../../shared/model/command.ts';
import type { Standing } from '../../shared/model/rollout.ts';
import { type HostDecisions, type StepCommand, speaksAgainstCommit, standingOf } from './standing.ts';

const NONE: HostDecisions = { withdrawn: new Set(), passedOver: null, overdue: false, skipped: false };

const command = (status: Status, code: string | null = null, step = 0): StepCommand => ({
  step,
  commandId: `c${step}`,
  status,
  code,
});

const standing = (commands: readonly StepCommand[], decisions: Partial<HostDecisions> = {}, steps = 2) =>
  standingOf(commands, steps, { ...NONE, ...decisions });

const cases: [
  title: string,
  commands: StepCommand[],
  decisions: Partial<HostDecisions>,
  Standing,
  next: number | null,
][] = [
  ['before its turn', [], {}, 'waiting', 0],
  ['its command waits', [command('QUEUED')], {}, 'running', null],
  ['its command runs', [command('EXECUTING')], {}, 'running', null],
  ['the first of two steps is a success', [command('SUCCESS')], {}, 'running', 1],
  ['both steps are', [command('SUCCESS'), command('SUCCESS', null, 1)], {}, 'proven', null],
  ['the first had nothing to do', [command('BLOCKED', 'already_current')], {}, 'running', 1],
  ['it is ahead of the commit', [command('ERROR', 'older_commit')], {}, 'proven', null],
  ['it ended PARTIAL', [command('PARTIAL', 'units_failed')], {}, 'failed', null],
  ['it is LOST', [command('LOST')], {}, 'failed', null],
  ['a person cancelled it', [command('CANCELLED', 'cancelled')], {}, 'failed', null],
  ['it expired in the queue', [command('EXPIRED', 'expired')], {}, 'deferred', null],
  ['it was offline when it was asked', [command('BLOCKED', 'host_offline')], {}, 'deferred', null],
  ['it was passed over', [], { passedOver: 'host_offline' }, 'deferred', null],
  ['the second step was passed over', [command('SUCCESS')], { passedOver: 'host_offline' }, 'deferred', null],
  [
    'the rollout took its command back',
    [command('CANCELLED', 'cancelled')],
    { withdrawn: new Set(['c0']) },
    'waiting',
    0,
  ],
  ['its step took too long', [command('EXECUTING')], { overdue: true }, 'failed', null],
  ['it was left out', [], { skipped: true }, 'skipped', null],
  ['a person left it out after its failure', [command('ERROR', 'exit_nonzero')], { skipped: true }, 'skipped', null],
];

for (const [title, commands, decisions, expected, next] of cases)
  test(`${title}: ${expected}`, () => {
    const found = standing(commands, decisions);
    assert.equal([found.standing, found.next], [expected, next]);
  });

test('only SUCCESS and "nothing to do" prove a host', () => {
  for (const status of STATUSES)
    for (const code of [null, 'exit_nonzero', 'units_failed', 'quarantined'])
      assert.is(
        standing([command(status, code)], {}, 1).standing === 'proven',
        status === 'SUCCESS',
        `${status} ${code}`,
      );
});

test('only failures after activation speak against the commit', () => {
  assert.is(speaksAgainstCommit({ status: 'STALE_BINARY', code: 'stale_binary' }), true);
  assert.is(speaksAgainstCommit({ status: 'PARTIAL', code: 'units_failed' }), true);
  assert.is(speaksAgainstCommit({ status: 'PARTIAL', code: 'post_check_unverified' }), false);
  assert.is(speaksAgainstCommit({ status: 'ERROR', code: 'exit_nonzero' }), false);
});

test.run();
