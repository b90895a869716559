import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { REJECTION_CODES } from '../../shared/wire/protocol.ts';
import { nextDeadline } from './deadline.ts';
import { sampleReport } from './fixtures/sample.ts';
import {
  accepted,
  BEFORE,
  blocked,
  due,
  exited,
  FIRST,
  framesOf,
  hello,
  ignore,
  killing,
  MINUTE,
  outcome,
  type Played,
  play,
  queued,
  REBOOTED,
  RESTARTED,
  rejected,
  SECOND,
  START,
  sends,
  sent,
  started,
  wait,
  woken,
} from './fixtures/scenario.ts';

/** docs/lifecycle.md and docs/protocol.md section 2 as cases: from the dispatch to the accept. */

const sequence = ({ allEffects }: Played): string[] =>
  allEffects.flatMap((effect) => (effect.type === 'history' ? [`${effect.entry.from} → ${effect.entry.to}`] : []));

test('dispatched, nothing in the way: PENDING, and the host is sent it', () => {
  const { record, command, effects, allEffects } = play(sent(), []);
  assert.is(outcome(command), 'PENDING');
  assert.equal([command.rev, command.dispatchedAt, command.bootId], [1, START, 'boot-1']);
  assert.equal(command.before, BEFORE);
  assert.ok(record.open);
  assert.equal(effects, allEffects);
  const [frame] = framesOf(effects);
  assert.equal(frame, {
    type: 'command.run',
    payload: { id: command.id, op: 'plain', options: {}, killGraceMs: 10_000, notAfter: START + 2 * MINUTE },
  });
  assert.is(command.notAfter, START + 2 * MINUTE);
});

test('dispatched, to wait its turn: QUEUED, and nothing is sent', () => {
  const { record, command, effects } = play(queued(), []);
  assert.is(outcome(command), 'QUEUED host_offline');
  assert.equal(sends(effects), []);
  assert.not(record.open);
  assert.is(command.dispatchedAt, null);
});

test('dispatched, blocked: BLOCKED with the pre-check’s code, ended, and nothing is sent', () => {
  const { record, command, effects } = play(blocked(), []);
  assert.is(outcome(command), 'BLOCKED op_unsupported');
  assert.is(command.finishedAt, START);
  assert.type(command.hint, 'string');
  assert.equal(sends(effects), []);
  assert.not(record.open);
});

test('a queued command whose turn has come is sent, and its time to be accepted starts then', () => {
  const { command, effects, at } = play(queued(), [woken()]);
  assert.is(outcome(command), 'PENDING');
  assert.equal([command.dispatchedAt, command.notAfter], [at, at + 2 * MINUTE]);
  assert.equal([command.bootId, command.before], ['boot-1', BEFORE]);
  assert.equal(sends(effects), ['command.run']);
});

test('a queued command that has become meaningless is BLOCKED and not sent', () => {
  const { command, effects } = play(queued(), [
    woken({ status: 'BLOCKED', code: 'already_current', message: 'current', alternative: null }),
  ]);
  assert.is(outcome(command), 'BLOCKED already_current');
  assert.equal(sends(effects), []);
});

test('a queued command whose queuedUntil has passed is EXPIRED', () => {
  assert.equal(nextDeadline(queued().record), { name: 'queuedUntil', at: START + 5 * MINUTE });
  assert.is(outcome(play(queued(), [due('queuedUntil')]).command), 'EXPIRED expired');
});

test('an accepted command executes, and its thresholds count from then', () => {
  const { command, at } = play(sent(), [accepted]);
  assert.is(outcome(command), 'EXECUTING');
  assert.equal([command.acceptedAt, command.warningAt, command.timeoutAt], [at, at + 10 * MINUTE, at + 30 * MINUTE]);
});

test('a hello that lists a pending command counts as its accept', () => {
  const { command } = play(sent(), [hello('running')]);
  assert.is(outcome(command), 'EXECUTING');
  assert.is(command.startedAt, START + 500);
});

test('a hello that lists it counts as its accept even with another stateId', () => {
  assert.is(outcome(play(sent(), [hello('running', { stateId: 'state-2' })]).command), 'EXECUTING');
});

test('a hello that lists a pending command as lost: accepted, and LOST', () => {
  const played = play(sent(), [hello('lost')]);
  assert.is(outcome(played.command), 'LOST agent_lost_command');
  assert.equal(sequence(played), ['null → PENDING', 'PENDING → EXECUTING', 'EXECUTING → LOST']);
  assert.is(played.command.rev, 3);
});

test('a hello of another boot that lists a pending command as lost: accepted, and aborted by the reboot', () => {
  assert.is(outcome(play(sent(), [hello('lost', { by: REBOOTED })]).command), 'ABORTED_BY_REBOOT host_rebooted');
});

test('a start without an accept counts as one', () => {
  const { command } = play(sent(), [started]);
  assert.is(outcome(command), 'EXECUTING');
  assert.equal([command.pid, command.startedAt], [7, START + 500]);
});

test('a pending command that the host rejects as busy is BLOCKED', () => {
  const { record, command } = play(sent(), [rejected('busy')]);
  assert.is(outcome(command), 'BLOCKED agent_busy');
  assert.not(record.open);
});

for (const code of REJECTION_CODES.filter((one) => one !== 'busy' && one !== 'killed_before_start'))
  test(`a pending command rejected as ${code} is an ERROR with that code`, () => {
    const { record, command } = play(sent(), [rejected(code)]);
    assert.is(outcome(command), `ERROR ${code}`);
    assert.not(record.open);
  });

test('an accepted command that provably never ran is ERROR not_started', () => {
  const { record, command } = play(sent(), [accepted, rejected('not_started')]);
  assert.is(outcome(command), 'ERROR not_started');
  assert.not(record.open);
});

test('a rejection that an accepted command cannot have changes nothing', () => {
  const { record } = play(sent(), [accepted]);
  assert.ok(play({ record, effects: [] }, [rejected('busy')]).record === record);
});

for (const [exit, expected] of [
  [{ exitCode: 0 }, 'SUCCESS'],
  [{ exitCode: 1 }, 'ERROR exit_nonzero'],
  [{ signal: 'SIGSEGV' }, 'ERROR signalled'],
  [{ lost: true }, 'LOST agent_lost_command'],
] as const)
  test(`an exit without an accept counts as both: ${expected}`, () => {
    const played = play(sent(), [exited(exit)]);
    assert.is(outcome(played.command), expected);
    assert.is(played.command.acceptedAt, played.at);
    assert.equal(sequence(played).slice(0, 2), ['null → PENDING', 'PENDING → EXECUTING']);
  });

test('a hello without a pending command, in time: it is sent again until the same notAfter, and leaves as the host is now', () => {
  const now = sampleReport({ repoCommit: 'other' });
  const { command, effects } = play(sent(), [hello(null, { by: REBOOTED, report: now })]);
  assert.is(outcome(command), 'PENDING');
  assert.is(command.rev, 1);
  assert.equal([command.bootId, command.before], ['boot-2', now]);
  const [frame] = framesOf(effects);
  assert.is(frame?.type === 'command.run' && frame.payload.notAfter, START + 2 * MINUTE);
});

test('a hello without a pending command after its notAfter: it did not run', () => {
  const { record, command, effects } = play(sent(), [{ ...hello(null), at: START + 3 * MINUTE }]);
  assert.is(outcome(command), 'ERROR not_delivered');
  assert.equal(sends(effects), []);
  assert.not(record.open);
});

test('a hello of another stateId without a pending command: LOST, and never sent again', () => {
  const { command, effects } = play(sent(), [hello(null, { stateId: 'state-2' })]);
  assert.is(outcome(command), 'LOST state_lost');
  assert.equal(sends(effects), []);
});

test("an absent stateId equals any, in the hello and on the command's host", () => {
  const { command, effects } = play(sent(), [
    hello(null, { stateId: null, by: RESTARTED }),
    hello(null, { stateId: 'state-2' }),
  ]);
  assert.is(outcome(command), 'PENDING');
  assert.equal(sends(effects), ['command.run']);
});

test('a pending command whose notAfter passes stays, and a person is asked', () => {
  const { record, command } = play(sent(), [due('notAfter')]);
  assert.is(outcome(command), 'PENDING TIMED_OUT');
  assert.is(nextDeadline(record), null);
});

test('a late accept during a question to a person is an accept', () => {
  const { command } = play(sent(), [due('notAfter'), accepted]);
  assert.is(outcome(command), 'EXECUTING');
  assert.is(command.decideBy, null);
});

test('a hello without a command that a person is asked about: it did not run', () => {
  assert.is(outcome(play(sent(), [due('notAfter'), hello(null)]).command), 'ERROR not_delivered');
});

test('wait for a pending one moves notAfter and sends it again', () => {
  const { record, command, effects, at } = play(sent(), [due('notAfter'), wait(5)]);
  assert.is(outcome(command), 'PENDING');
  assert.is(command.notAfter, at + 5 * MINUTE);
  assert.is(command.extendedMs, 5 * MINUTE + SECOND);
  const [frame] = framesOf(effects);
  assert.is(frame?.type === 'command.run' && frame.payload.notAfter, command.notAfter);
  assert.equal(nextDeadline(record), { name: 'notAfter', at: at + 5 * MINUTE });
});

test('ignore ends a pending command TIMEOUT, and the host must not start it', () => {
  const { record, command, effects } = play(sent(), [due('notAfter'), ignore]);
  assert.is(outcome(command), 'TIMEOUT timeout_ignored TIMED_OUT');
  assert.equal(sends(effects), ['command.kill SIGTERM']);
  assert.ok(record.open);
});

test('a command ignored before its accept is forbidden at every hello until the host has answered', () => {
  const ignored = [due('notAfter'), ignore];
  assert.equal(sends(play(sent(), [...ignored, hello(null)]).effects), ['command.kill SIGTERM']);
  const answered = play(sent(), [...ignored, hello(null), rejected('killed_before_start')]);
  assert.is(outcome(answered.command), 'TIMEOUT timeout_ignored TIMED_OUT');
  assert.not(answered.record.open);
  assert.equal(sends(play(answered, [hello(null)]).effects), []);
});

test("a host's frames about commands that were never sent to it change nothing", () => {
  const { record } = play(sent(), []);
  for (const stray of [killing('term'), killing('failed')])
    assert.ok(play({ record, effects: [] }, [stray]).record === record);
});

test('a command sent to a host of unknown boot is not aborted by the first boot seen', () => {
  const unknown = {
    type: 'wait',
    actor: 'ann',
    minutes: 5,
    host: { bootId: null, stateId: null, report: null },
  } as const;
  const { command } = play(sent(), [due('notAfter'), unknown, accepted, hello('running', { by: FIRST })]);
  assert.is(outcome(command), 'EXECUTING');
});

test.run();
