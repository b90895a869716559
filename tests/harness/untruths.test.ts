import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CommandView } from '../../shared/api/resources.ts';
import type { Status } from '../../shared/model/command.ts';
import type { Deed } from './deeds.ts';
import { untruths } from './untruths.ts';

const record = (status: Status, more: Partial<CommandView> = {}): CommandView => {
  const history = (['PENDING', 'EXECUTING', status] as const).map((to) => ({ to }));
  return { status, code: null, exitCode: null, kill: null, lateResult: null, history, ...more } as CommandView;
};

const failed = record('ERROR', { code: 'exit_nonzero', exitCode: 3 });
const late = record('CANCELLED', { lateResult: { exitCode: 3, signal: null, endedAt: 1 } });
const twice = record('SUCCESS', {
  exitCode: 0,
  history: (['PENDING', 'ERROR', 'SUCCESS'] as const).map((to) => ({ to })) as CommandView['history'],
});
const kill = {} as CommandView['kill'];
const killed = record('KILLED', {
  kill,
  history: (['PENDING', 'EXECUTING', 'KILLING', 'KILLED'] as const).map((to, at) => ({
    to,
    at: at * 1_000,
  })) as CommandView['history'],
});

const TRUE: [string, CommandView, Pick<Deed, 'starts' | 'ends'> & Partial<Deed>][] = [
  ['a success that ended with 0', record('SUCCESS', { exitCode: 0 }), { starts: 1, ends: [0] }],
  ['a failure with its own exit code', failed, { starts: 1, ends: [3] }],
  ['a step killed by somebody', { ...failed, exitCode: 137 }, { starts: 1, ends: [] }],
  ['one that never ran', record('ERROR', { code: 'not_started' }), { starts: 0, ends: [] }],
  ['one that was cut off', record('ERROR', { code: 'signalled' }), { starts: 1, ends: [] }],
  ['one that was killed', killed, { starts: 1, ends: [] }],
  ['one that ended by the signal of its kill', killed, { starts: 1, ends: [9], endedAt: 2_500 }],
  ['one of which nothing is known', record('LOST'), { starts: 1, ends: [0] }],
  ['one whose result came late', late, { starts: 1, ends: [3] }],
];

const FALSE: [string, CommandView, Pick<Deed, 'starts' | 'ends'> & Partial<Deed>][] = [
  ['ran twice', record('SUCCESS', { exitCode: 0 }), { starts: 2, ends: [0, 0] }],
  ['ran twice, the second time cut off', record('LOST'), { starts: 2, ends: [0] }],
  ['has not ended', record('EXECUTING'), { starts: 1, ends: [0] }],
  ['a success that failed', record('SUCCESS', { exitCode: 0 }), { starts: 1, ends: [3] }],
  ['a success that never ran', record('SUCCESS', { exitCode: 0 }), { starts: 0, ends: [] }],
  ['a failure that was a success', failed, { starts: 1, ends: [0] }],
  ['a failure that never ended', failed, { starts: 1, ends: [] }],
  ['not started, but it ran', record('ERROR', { code: 'not_started' }), { starts: 1, ends: [] }],
  ['blocked, but it ran', record('BLOCKED', { code: 'agent_busy' }), { starts: 1, ends: [0] }],
  ['cut off, but it came to its end', record('ERROR', { code: 'signalled' }), { starts: 1, ends: [0] }],
  ['killed, but it had ended before', killed, { starts: 1, ends: [0], endedAt: 1_900 }],
  ['killed, but nobody asked for it', record('KILLED'), { starts: 1, ends: [] }],
  ['a late result that is another one', late, { starts: 1, ends: [0] }],
  ['two ends', twice, { starts: 1, ends: [0] }],
];

for (const [what, command, deed] of TRUE)
  test(`a record that tells the truth: ${what}`, () => assert.equal(untruths(command, { endedAt: null, ...deed }), []));

for (const [what, command, deed] of FALSE)
  test(`a record that does not: ${what}`, () => assert.is(untruths(command, { endedAt: null, ...deed }).length, 1));

test.run();
