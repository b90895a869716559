import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isActive } from '../../shared/model/command.ts';
import { takesAnswer } from './answer.ts';
import { nextDeadline } from './deadline.ts';
import {
  AFTER,
  accepted,
  cancel,
  due,
  exited,
  type Happening,
  hello,
  hostRemoved,
  ignore,
  kill,
  killCommand,
  killing,
  MINUTE,
  outcome,
  output,
  play,
  progress,
  queued,
  REBOOTED,
  rejected,
  reports,
  SECOND,
  START,
  sends,
  sent,
  shifted,
  started,
  wait,
} from './fixtures/scenario.ts';

/** docs/lifecycle.md as cases: deadlines, people's answers, and events that must change nothing. */

const done = exited({ exitCode: 0 });
const ACCEPTED_AT = START + SECOND;

test('a command that takes long is WARNING, then TIMED_OUT, and goes on', () => {
  const { record } = play(sent(), [accepted]);
  assert.equal(nextDeadline(record), { name: 'warningAt', at: ACCEPTED_AT + 10 * MINUTE });
  const warned = play(sent(), [accepted, due('warningAt')]);
  assert.is(outcome(warned.command), 'EXECUTING WARNING');
  assert.equal(nextDeadline(warned.record), { name: 'timeoutAt', at: ACCEPTED_AT + 30 * MINUTE });
  const timedOut = play(warned, [due('timeoutAt')]);
  assert.is(outcome(timedOut.command), 'EXECUTING TIMED_OUT');
  assert.is(nextDeadline(timedOut.record), null, 'a person is waited for');
  assert.is(outcome(play(timedOut, [done]).command), 'SUCCESS');
});

test('a deadline before its time does nothing', () => {
  const before = play(sent(), [accepted]);
  for (const name of ['warningAt', 'timeoutAt'] as const)
    assert.ok(play(before, [{ type: 'deadline', name, at: ACCEPTED_AT + 5 * MINUTE }]).record === before.record);
});

test('a deadline of another status does nothing', () => {
  const executing = play(sent(), [accepted]).record;
  assert.ok(play({ record: executing, effects: [] }, [due('notAfter')]).record === executing);
  const timedOut = play(sent(), [accepted, due('timeoutAt')]).record;
  for (const name of ['warningAt', 'timeoutAt'] as const)
    assert.ok(play({ record: timedOut, effects: [] }, [due(name)]).record === timedOut);
  const killed = play(sent(), [accepted, kill()]).record;
  for (const name of ['warningAt', 'timeoutAt'] as const)
    assert.ok(play({ record: killed, effects: [] }, [due(name)]).record === killed);
});

test('wait: the later of timeoutAt and now + n, NORMAL, and no second warning', () => {
  for (const [minutes, until] of [
    [5, ACCEPTED_AT + 30 * MINUTE],
    [60, ACCEPTED_AT + 70 * MINUTE + SECOND],
  ] as const) {
    const { record, command } = play(sent(), [accepted, due('warningAt'), wait(minutes)]);
    assert.is(outcome(command), 'EXECUTING');
    assert.equal([command.timeoutAt, command.warningAt], [until, null]);
    assert.is(command.extendedMs, until - (ACCEPTED_AT + 30 * MINUTE));
    assert.equal(nextDeadline(record), { name: 'timeoutAt', at: until });
  }
});

test('wait after the timeout counts from now, and waits add up', () => {
  const { command } = play(sent(), [accepted, due('timeoutAt'), wait(5), due('timeoutAt'), wait(1)]);
  assert.is(command.extendedMs, 6 * MINUTE + 2 * SECOND);
  assert.is(outcome(command), 'EXECUTING');
});

test('ignore: TIMEOUT; the process goes on and the host is busy until it ends', () => {
  const { record, command, effects } = play(sent(), [accepted, due('timeoutAt'), ignore]);
  assert.is(outcome(command), 'TIMEOUT timeout_ignored TIMED_OUT');
  assert.equal(sends(effects), []);
  assert.ok(record.open);
});

test('wait and kill are answers to WARNING and TIMED_OUT, ignore to TIMED_OUT only', () => {
  const answers = (happenings: readonly Happening[]) =>
    (['wait', 'kill', 'ignore'] as const).filter((action) => takesAnswer(play(sent(), happenings).record, action));
  assert.equal(answers([accepted]), []);
  assert.equal(answers([accepted, due('warningAt')]), ['wait', 'kill']);
  assert.equal(answers([accepted, due('timeoutAt')]), ['wait', 'kill', 'ignore']);
  assert.equal(answers([due('notAfter')]), ['wait', 'kill', 'ignore']);
  assert.equal(answers([accepted, due('timeoutAt'), kill()]), []);
  assert.equal(answers([accepted, due('timeoutAt'), ignore]), []);
});

test('an answer that was not asked for changes nothing', () => {
  for (const [happenings, answers] of [
    [[], [wait(5), ignore]],
    [[accepted], [wait(5), ignore]],
    [[accepted, due('warningAt')], [ignore]],
    [
      [accepted, kill()],
      [wait(5), ignore],
    ],
  ] as const)
    for (const answer of answers) {
      const before = play(sent(), happenings);
      assert.ok(play(before, [answer]).record === before.record);
    }
});

test('a kill shows in the status: NORMAL while it goes on', () => {
  assert.is(outcome(play(sent(), [accepted, due('timeoutAt'), kill()]).command), 'KILLING');
});

for (const [title, asked] of [
  ['executing', [accepted, due('timeoutAt')]],
  ['pending', [due('notAfter')]],
] as const)
  test(`onTimeout kill: a ${title} command is killed when nobody answers, once`, () => {
    const { record, command, at } = play(sent('plain', { onTimeout: 'kill', decisionMs: MINUTE }), asked);
    assert.equal(nextDeadline(record), { name: 'decideBy', at: at + MINUTE });
    assert.is(command.decideBy, at + MINUTE);
    const decided = play({ record, effects: [] }, [due('decideBy')]);
    assert.equal(decided.effects, [{ type: 'auto-kill' }]);
    const name = title === 'pending' ? 'notAfter' : 'timeoutAt';
    assert.is(decided.record.autoKilled, false, 'another kill on the host may be in the way: then it is tried again');
    const again = play(decided, [kill(undefined, undefined, true, 'system'), due('killBy'), due(name)]);
    assert.is(again.command.timeoutStatus, 'TIMED_OUT');
    assert.equal([again.command.decideBy, nextDeadline(again.record)], [null, null], 'now only a person decides');
  });

test('onTimeout kill: an answer in time wins', () => {
  const { command } = play(sent('plain', { onTimeout: 'kill' }), [accepted, due('timeoutAt'), wait(5)]);
  assert.equal([command.decideBy, command.timeoutStatus], [null, 'NORMAL']);
});

const ACTIVE: readonly (readonly [string, readonly Happening[]])[] = [
  ['PENDING', []],
  ['EXECUTING', [accepted]],
  ['KILLING', [accepted, kill()]],
  ['AWAITING_POST_CHECK', [accepted, done]],
];

for (const [status, happenings] of ACTIVE) {
  test(`cancel of ${status}: CANCELLED`, () => {
    const { command } = play(sent('pull'), [...happenings, cancel]);
    assert.is(outcome(command), 'CANCELLED cancelled');
  });

  test(`host removed while ${status}: LOST, and nothing stays open`, () => {
    const { command, record } = play(sent('pull'), [...happenings, hostRemoved]);
    assert.is(outcome(command), 'LOST host_removed');
    assert.not(record.open);
  });
}

test('cancel of a queued command: CANCELLED', () => {
  assert.is(outcome(play(queued(), [cancel]).command), 'CANCELLED cancelled');
});

test('a shifted clock moves every deadline, and no status', () => {
  const at = (happenings: readonly Happening[], start = sent('pull')) => {
    const before = play(start, happenings);
    const after = play(before, [shifted(MINUTE)]);
    assert.equal([after.command.status, after.command.rev], [before.command.status, before.command.rev]);
    return (nextDeadline(after.record)?.at ?? 0) - (nextDeadline(before.record)?.at ?? 0);
  };
  for (const happenings of [
    [],
    [accepted],
    [accepted, due('warningAt')],
    [accepted, kill()],
    [accepted, done],
    [accepted, done, due('nudgeAt')],
    [accepted, cancel, kill()],
  ])
    assert.is(at(happenings), MINUTE);
  assert.is(at([], queued()), MINUTE);
  assert.is(at([accepted, done], sent('switch')), MINUTE);
  assert.is(at([accepted, due('timeoutAt')], sent('plain', { onTimeout: 'kill' })), MINUTE);
});

test('a shifted clock changes no ended command', () => {
  const { record } = play(sent(), [accepted, done]);
  assert.ok(play({ record, effects: [] }, [shifted(MINUTE)]).record === record);
});

const DUPLICATES: readonly (readonly [string, readonly Happening[]])[] = [
  ['accepted', [accepted]],
  ['accepted while it is killed', [kill(), accepted]],
  ['started', [accepted, started]],
  ['started without an accept', [started]],
  ['progress', [accepted, progress]],
  ['output', [accepted, output(5)]],
  ['rejected', [rejected('busy')]],
  ['rejected after a cancel', [cancel, rejected('killed_before_start')]],
  ['exited', [accepted, done]],
  ['exited, by the shutdown', [accepted, exited({ signal: 'SIGTERM' }, { rebooting: true })]],
  ['exited after a cancel', [accepted, cancel, done]],
  ['exited after a cancel, lost', [accepted, cancel, exited({ lost: true })]],
  ['killing deferred', [accepted, kill(), killing('deferred')]],
  ['killing term', [accepted, kill(), killing('term')]],
  ['killing dead', [accepted, kill(), killing('dead')]],
  ['killing failed', [accepted, kill(), killing('failed', 1)]],
  ['killing failed after a cancel', [cancel, kill(), killing('failed', 1)]],
  ['hello that lists it', [hello('running')]],
  ['hello that lists it as exited', [accepted, hello('exited')]],
  ['hello without it', [accepted, hello(null)]],
  ['hello of another boot', [accepted, hello(null, { by: REBOOTED })]],
  ['hello before the accept', [hello(null)]],
  ['report', [accepted, done, reports(AFTER)]],
];

for (const op of ['plain', 'pull', 'switch', 'reboot'] as const)
  for (const [title, happenings] of DUPLICATES)
    test(`a duplicate changes nothing: ${title}, ${op}`, () => {
      const once = play(sent(op), happenings);
      const twice = play(once, happenings.slice(-1));
      assert.equal(twice.record, once.record);
      assert.equal(
        twice.effects.filter(({ type }) => type !== 'send'),
        [],
      );
    });

test('a terminal status never changes', () => {
  const ended = play(sent(), [accepted, cancel]);
  const all = [
    accepted,
    started,
    done,
    rejected('busy'),
    hello('running'),
    hello(null),
    kill(),
    killing('term'),
    killing('failed', 1),
    ignore,
    wait(1),
    cancel,
    hostRemoved,
    reports(AFTER),
  ];
  for (const one of all)
    for (const other of all) {
      const { command } = play(ended, [one, other]);
      assert.equal([command.status, command.rev], [ended.command.status, ended.command.rev]);
    }
  assert.not(isActive(ended.command.status));
  assert.ok(isActive(killCommand().record.command.status));
});

test.run();
