import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isActive } from '../../shared/model/command.ts';
import { nextDeadline } from './deadline.ts';
import {
  accepted,
  cancel,
  disconnected,
  due,
  exited,
  FRESH,
  type Happening,
  hello,
  hostRemoved,
  ignore,
  kill,
  type OpName,
  outcome,
  play,
  queued,
  REBOOTED,
  RESTARTED,
  rebootOver,
  rejected,
  reports,
  SIGNALLED,
  sends,
  sent,
} from './fixtures/scenario.ts';

/** docs/lifecycle.md as cases: what a hello, a reboot and a late result say of a command. */

type Case = readonly [title: string, op: OpName, happenings: readonly Happening[], expected: string];

const done = exited({ exitCode: 0 });
/** The shutdown's signal, reported before the host goes down, and by the boot after it. */
const shutDown = exited({ signal: 'SIGTERM' }, { rebooting: true });
const shutDownToldLater = exited(
  { signal: 'SIGTERM', exitInstanceId: 'instance-1' },
  { rebooting: true, by: REBOOTED },
);

const CASES: readonly Case[] = [
  ['same boot, lost', 'plain', [hello('lost')], 'LOST agent_lost_command'],
  ['same boot, not listed', 'plain', [hello(null)], 'LOST agent_lost_command'],
  ['same boot, running', 'plain', [hello('running', { by: RESTARTED })], 'EXECUTING'],
  ['same boot, exited: the exit that follows decides', 'plain', [hello('exited', { by: RESTARTED })], 'EXECUTING'],
  ['another state folder', 'plain', [hello(null, { stateId: 'state-2' })], 'LOST state_lost'],
  ['another boot, lost', 'plain', [hello('lost', { by: REBOOTED })], 'ABORTED_BY_REBOOT host_rebooted'],
  ['another boot, not listed', 'plain', [hello(null, { by: REBOOTED })], 'ABORTED_BY_REBOOT host_rebooted'],
  ['another boot, a switch', 'switch', [hello(null, { by: REBOOTED })], 'ABORTED_BY_REBOOT host_rebooted'],
  ['another boot, exited: the exit that follows decides', 'plain', [hello('exited', { by: REBOOTED })], 'EXECUTING'],
  [
    'another boot with another state folder: it may have ended before',
    'plain',
    [hello(null, { by: REBOOTED, stateId: 'state-2' })],
    'LOST state_lost',
  ],
  [
    'another boot, exited: its last word may be that it never started',
    'plain',
    [hello('exited', { by: REBOOTED }), rejected('not_started')],
    'ERROR not_started',
  ],
  ['another boot, exited well', 'plain', [hello('exited', { by: REBOOTED }), done], 'SUCCESS'],
  [
    'another boot, exited with a failure',
    'plain',
    [hello('exited', { by: REBOOTED }), exited({ exitCode: 1 }, { by: REBOOTED })],
    'ERROR exit_nonzero',
  ],

  ['reboot op, another boot, not listed', 'reboot', [hello(null, { by: REBOOTED })], 'SUCCESS'],
  ['reboot op, another boot, lost', 'reboot', [hello('lost', { by: REBOOTED })], 'SUCCESS'],
  [
    'reboot op, another boot with another state folder',
    'reboot',
    [hello(null, { by: REBOOTED, stateId: 'state-2' })],
    'SUCCESS',
  ],
  ['reboot op, same boot, not listed', 'reboot', [hello(null)], 'LOST agent_lost_command'],
  ['reboot op, another boot, exited', 'reboot', [hello('exited', { by: REBOOTED })], 'EXECUTING'],
  [
    'reboot op, exited well, told by the new boot',
    'reboot',
    [hello('exited', { by: REBOOTED }), exited({ exitCode: 0 }, { by: REBOOTED, rebooting: true })],
    'SUCCESS',
  ],
  [
    'reboot op, exited with a failure, told by the new boot',
    'reboot',
    [hello('exited', { by: REBOOTED }), exited({ exitCode: 1 }, { by: REBOOTED, rebooting: true })],
    'ERROR exit_nonzero',
  ],
  [
    'reboot op, exited, another instance of the same boot',
    'reboot',
    [done, hello(null, { by: RESTARTED })],
    'AWAITING_RECONNECT',
  ],
  [
    'reboot op, exit brought by another instance of the same boot',
    'reboot',
    [exited({ exitCode: 0, exitInstanceId: 'instance-1' }, { by: RESTARTED })],
    'AWAITING_RECONNECT',
  ],
  ['reboot op, exited, another boot', 'reboot', [done, hello('exited', { by: REBOOTED })], 'SUCCESS'],
  ['reboot op, exited, a report of another boot', 'reboot', [done, reports(FRESH, REBOOTED)], 'SUCCESS'],

  ['reboot active, a signal: the next boot decides', 'plain', [shutDown], 'EXECUTING'],
  ['reboot active, any signal', 'plain', [exited({ signal: 'SIGHUP' }, { rebooting: true })], 'EXECUTING'],
  ['reboot active, a failure by itself', 'plain', [exited({ exitCode: 1 }, { rebooting: true })], 'ERROR exit_nonzero'],
  ['reboot active, exited well', 'plain', [exited({ exitCode: 0 }, { rebooting: true })], 'SUCCESS'],
  [
    'reboot active, killed by us',
    'plain',
    [exited({ signal: 'SIGTERM', kill: SIGNALLED }, { rebooting: true })],
    'KILLED killed',
  ],
  ['signal of the shutdown, same boot again', 'plain', [shutDown, hello(null)], 'EXECUTING'],
  [
    'signal of the shutdown, another boot',
    'plain',
    [shutDown, hello(null, { by: REBOOTED })],
    'ABORTED_BY_REBOOT host_rebooted',
  ],
  [
    'signal of the shutdown, another boot that still lists the exit',
    'plain',
    [shutDown, hello('exited', { by: REBOOTED })],
    'ABORTED_BY_REBOOT host_rebooted',
  ],
  ['signal of the shutdown, and the reboot came to nothing', 'plain', [shutDown, rebootOver], 'ERROR signalled'],
  ['the reboot op ended by its own shutdown', 'reboot', [shutDown], 'EXECUTING'],
  [
    'the reboot op ended by its own shutdown, another boot',
    'reboot',
    [shutDown, hello(null, { by: REBOOTED })],
    'SUCCESS',
  ],
  [
    'signal of the shutdown, told by the new boot',
    'plain',
    [hello('exited', { by: REBOOTED }), shutDownToldLater],
    'ABORTED_BY_REBOOT host_rebooted',
  ],
  [
    'signal of the shutdown, told at the second connection of the new boot',
    'plain',
    [
      hello('exited', { by: REBOOTED, rebooting: true }),
      hello('exited', { by: REBOOTED }),
      exited({ signal: 'SIGTERM', exitInstanceId: 'instance-1' }, { by: REBOOTED }),
    ],
    'ABORTED_BY_REBOOT host_rebooted',
  ],
  [
    'a signal that a boot tells of which nobody asked for',
    'plain',
    [hello('exited', { by: REBOOTED }), exited({ signal: 'SIGTERM' }, { by: REBOOTED })],
    'ERROR signalled',
  ],
  [
    'the reboot op ended by its own shutdown, told by the new boot',
    'reboot',
    [hello('exited', { by: REBOOTED }), shutDownToldLater],
    'SUCCESS',
  ],
  [
    'killed, and the next boot shows it gone',
    'plain',
    [kill(), hello(null, { by: REBOOTED })],
    'ABORTED_BY_REBOOT host_rebooted',
  ],

  ['host removed', 'plain', [hostRemoved], 'LOST host_removed'],
  ['host removed while its exit is judged', 'pull', [done, hostRemoved], 'LOST host_removed'],
  ['cancelled while it comes back', 'switch', [done, cancel], 'CANCELLED cancelled'],
];

for (const [title, op, happenings, expected] of CASES)
  test(`${title}: ${expected}`, () => {
    const { command, record } = play(sent(op), [accepted, ...happenings]);
    assert.is(outcome(command), expected);
    assert.is(record.open, command.status === 'EXECUTING');
  });

test('a queued command of a removed host is CANCELLED', () => {
  assert.is(outcome(play(queued(), [hostRemoved]).command), 'CANCELLED host_removed');
});

test('a command that the shutdown ended still waits, and is not killed for a missing answer', () => {
  const start = sent('plain', { onTimeout: 'kill' });
  for (const happenings of [
    [shutDown, due('timeoutAt')],
    [due('timeoutAt'), shutDown],
  ]) {
    const { command, record } = play(start, [accepted, ...happenings]);
    assert.is(outcome(command), 'EXECUTING TIMED_OUT');
    assert.is(nextDeadline(record), null, 'a person is waited for');
  }
});

test('with an exit that a shutdown explains, during a kill, the next boot still decides', () => {
  const { command } = play(sent(), [kill(), shutDown, hello(null, { by: REBOOTED })]);
  assert.is(outcome(command), 'ABORTED_BY_REBOOT host_rebooted');
});

test('a disconnect changes no status', () => {
  for (const happenings of [[], [accepted], [accepted, done], [accepted, kill()]])
    for (const op of ['plain', 'pull', 'switch', 'reboot'] as const) {
      const before = play(sent(op), happenings);
      const { command } = play(before, [disconnected]);
      assert.equal([command.status, command.rev], [before.command.status, before.command.rev]);
    }
});

const IGNORED = [accepted, due('timeoutAt'), ignore] as const;
const GIVEN_UP: readonly (readonly [string, readonly Happening[]])[] = [
  ['an ignored command', IGNORED],
  ['a cancelled command', [accepted, cancel]],
  ['a command cancelled before its accept', [cancel]],
  ['a command lost by a hello', [accepted, hello(null)]],
];

for (const [title, happenings] of GIVEN_UP) {
  test(`the late result of ${title} is kept, and changes nothing else`, () => {
    const before = play(sent(), happenings);
    const { command, record } = play(before, [exited({ exitCode: 3, endedAt: 5 })]);
    assert.equal(command.lateResult, { exitCode: 3, signal: null, endedAt: 5 });
    assert.equal(
      [command.status, command.rev, command.code],
      [before.command.status, before.command.rev, before.command.code],
    );
    assert.equal([command.exitCode, command.exitedAt], [null, null]);
    assert.not(record.open);
    assert.ok(play({ record, effects: [] }, [exited({ exitCode: 4 })]).record === record, 'a second result changed it');
  });

  test(`an unknown outcome of ${title} is not a result, but the host is free`, () => {
    const { command, record } = play(sent(), [...happenings, exited({ lost: true })]);
    assert.is(command.lateResult, null);
    assert.not(record.open);
    assert.ok(play({ record, effects: [] }, [exited({ lost: true })]).record === record, 'a duplicate changed it');
  });
}

for (const [title, happening, open] of [
  ['a hello without it', hello(null), false],
  ['a hello that lists it as lost', hello('lost'), false],
  ['a hello of another boot', hello(null, { by: REBOOTED }), false],
  ['a hello of another state folder', hello(null, { stateId: 'state-2' }), false],
  ['its removal', hostRemoved, false],
  ['a hello that lists it as running', hello('running'), true],
  ['a hello that lists it as exited', hello('exited'), true],
  ['a disconnect', disconnected, true],
] as const)
  test(`after ${title} the host of a cancelled command is ${open ? 'still busy' : 'free'}`, () => {
    assert.is(play(sent(), [accepted, cancel, happening]).record.open, open);
  });

test('a command cancelled before its accept is forbidden at every hello until the host has answered', () => {
  const cancelled = play(sent(), [cancel]);
  assert.is(outcome(cancelled.command), 'CANCELLED cancelled');
  assert.equal(sends(cancelled.effects), ['command.kill SIGTERM']);
  for (const sighting of [hello(null), hello('running'), hello('exited')])
    assert.equal(sends(play(cancelled, [sighting]).effects), ['command.kill SIGTERM']);
  for (const answer of [rejected('killed_before_start'), done, hello('lost'), hello(null, { stateId: 'state-2' })]) {
    const answered = play(cancelled, [hello(null), answer]);
    assert.not(answered.record.open);
    assert.equal(sends(play(answered, [hello(null)]).effects), []);
  }
});

test('a command cancelled after its accept goes on: no kill is sent', () => {
  const { effects, record } = play(sent(), [accepted, cancel]);
  assert.equal(sends(effects), []);
  assert.ok(record.open);
});

for (const status of ['queued', 'judged'] as const)
  test(`a ${status} command, cancelled, leaves the host free`, () => {
    const { command, record } =
      status === 'queued' ? play(queued(), [cancel]) : play(sent('pull'), [accepted, done, cancel]);
    assert.is(outcome(command), 'CANCELLED cancelled');
    assert.not(record.open);
  });

test('a command that the shutdown ended is cancelled: the host is free and its result kept', () => {
  const { record, command } = play(sent(), [accepted, shutDown, cancel]);
  assert.is(outcome(command), 'CANCELLED cancelled');
  assert.not(record.open);
  assert.is(command.lateResult?.signal, 'SIGTERM');
  assert.not(isActive(command.status));
});

test.run();
