import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CommandView } from '../../shared/api/resources.ts';
import { guardedDisagreements } from './guarded-verdict.ts';

/** The soak's own judgement: each way in which a record could be untrue of its host is found. */

const ON_OLD = ['old', 'old', 'old'];
const ON_NEW = ['new', 'new', 'new'];
const UNTIL_BOOT = ['new', 'old', 'old'];

const judge = (
  status: CommandView['status'],
  code: string | null,
  stands: string[],
  more: { left?: string[]; bootedBack?: boolean } = {},
): number =>
  guardedDisagreements({ id: 'c', status, code, message: null } as CommandView, {
    stands,
    left: [],
    bootedBack: false,
    ...more,
  }).length;

test('a record that says where its host is agrees with it', () => {
  assert.is(judge('SUCCESS', null, ON_NEW), 0);
  assert.is(judge('ROLLED_BACK', 'not_confirmed', ON_OLD), 0);
  assert.is(judge('ERROR', 'not_started', ON_OLD), 0);
  assert.is(judge('PARTIAL', 'keep_failed', UNTIL_BOOT), 0);
  assert.is(judge('PARTIAL', 'keep_failed', ON_OLD, { bootedBack: true }), 0);
});

test('another system, half a system and what is left are found', () => {
  for (const stands of [ON_OLD, UNTIL_BOOT, ['new', 'new', 'old'], ['old', 'new', 'new']])
    assert.is(judge('SUCCESS', null, stands), 1, stands.join());
  for (const stands of [ON_NEW, UNTIL_BOOT, ['old', 'new', 'old']])
    assert.is(judge('ROLLED_BACK', 'undone', stands), 1, stands.join());
  assert.is(judge('PARTIAL', 'keep_failed', ON_OLD), 1);
  assert.is(judge('SUCCESS', null, ON_NEW, { left: ['a guard lives'] }), 1);
});

test('an end that says nothing of the host is none', () => {
  for (const [status, code] of [
    ['LOST', 'agent_lost_command'],
    ['TIMEOUT', 'no_reconnect'],
    ['PARTIAL', 'keep_unverified'],
    ['ERROR', 'rollback_failed'],
  ] as const)
    for (const stands of [ON_OLD, ON_NEW]) assert.is(judge(status, code, stands), 1, status);
});

test.run();
