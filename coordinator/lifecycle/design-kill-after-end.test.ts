import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nextDeadline } from './deadline.ts';
import {
  accepted,
  cancel,
  due,
  exited,
  hello,
  ignore,
  kill,
  killing,
  outcome,
  play,
  rejected,
  SIGKILL,
  SIGNALLED,
  STRONGER_KILL_ID,
  sends,
  sent,
  started,
  tells,
} from './fixtures/scenario.ts';
import { neverRan } from './record.ts';

/** docs/lifecycle.md as cases: the kill of a command whose status is decided while its process goes on. */

const done = exited({ exitCode: 0 });
const killed = exited({ signal: 'SIGTERM', kill: SIGNALLED });

test('a kill under way goes on after a cancel, and ends by the host’s word', () => {
  const cancelled = [accepted, kill(), cancel];
  assert.equal(sends(play(sent(), [...cancelled, hello('running')]).effects), ['command.kill SIGTERM']);
  for (const [word, told] of [
    [killed, 'gone'],
    [done, 'already_ended'],
    [exited({ lost: true }), 'lost'],
    [hello(null), 'lost'],
    [killing('failed', 1), 'failed'],
    [due('killBy'), 'failed'],
  ] as const) {
    const { command, allEffects } = play(sent(), [...cancelled, word]);
    assert.is(outcome(command), 'CANCELLED cancelled');
    assert.equal(tells(allEffects), [told]);
  }
});

test('a command that was ignored or cancelled can be killed; its status stays', () => {
  for (const [happenings, status] of [
    [[accepted, due('timeoutAt'), ignore], 'TIMEOUT timeout_ignored TIMED_OUT'],
    [[accepted, cancel], 'CANCELLED cancelled'],
    [[cancel], 'CANCELLED cancelled'],
  ] as const) {
    const { command, record, allEffects } = play(sent(), [...happenings, kill(), killing('term'), killed]);
    assert.is(outcome(command), status);
    assert.equal(tells(allEffects), ['gone']);
    assert.is(command.lateResult?.signal, 'SIGTERM');
    assert.not(record.open);
  }
});

test('signals seen on a command that had ended make its kill’s outcome, though the exit has no kill times', () => {
  const { allEffects } = play(sent(), [accepted, cancel, kill(), killing('term'), exited({ signal: 'SIGTERM' })]);
  assert.equal(tells(allEffects), ['gone']);
});

test('a command that was cancelled before its accept stays forbidden though the kill of it was given up', () => {
  for (const happenings of [
    [kill(), cancel, due('killBy')],
    [cancel, kill(), due('killBy')],
    [cancel, kill(), killing('failed', 1)],
  ]) {
    const given = play(sent(), happenings);
    assert.ok(given.record.open);
    const reminded = play(given, [hello(null)]);
    assert.equal(sends(reminded.effects), ['command.kill SIGTERM']);
    assert.is(nextDeadline(reminded.record), null, 'no kill is under way that could fail');
    const answered = play(reminded, [rejected('killed_before_start')]);
    assert.not(answered.record.open);
    assert.equal(tells([...given.allEffects, ...reminded.effects, ...answered.effects]), ['failed']);
  }
});

test('a command that started before its cancel was heard is not killed again after the kill of it was given up', () => {
  for (const happenings of [
    [cancel, kill(), started, due('killBy')],
    [kill(), cancel, started, killing('failed', 1)],
    [cancel, kill(), killing('failed', 1), started],
  ]) {
    const { command, record, effects } = play(sent(), [...happenings, hello('running')]);
    assert.equal(sends(effects), []);
    assert.is(record.owedKill, null);
    assert.equal([command.pid, command.acceptedAt !== null], [7, true]);
    assert.match(command.hint ?? '', /goes on/);
  }
});

test('a given-up kill is sent again only to forbid a start', () => {
  for (const failed of [due('killBy'), killing('failed', 1)]) {
    const { record, effects } = play(sent(), [cancel, kill(), failed, hello('running')]);
    assert.equal(sends(effects), ['command.kill SIGTERM']);
    assert.is(record.owedKill?.unstartedOnly, true);
  }
});

test('an exit shows that a command ran although it was cancelled before its accept', () => {
  for (const word of [done, exited({ lost: true })]) {
    const { command, record } = play(sent(), [cancel, word]);
    assert.ok(command.acceptedAt !== null);
    assert.not(neverRan(record));
  }
});

test('a cancel leaves the kill under way as requested, even if the command was never accepted', () => {
  const cancelled = play(sent(), [kill(STRONGER_KILL_ID, SIGKILL), cancel]);
  assert.equal(sends(cancelled.effects), []);
  assert.equal(sends(play(cancelled, [hello(null)]).effects), ['command.kill SIGKILL']);
});

test('a kill is reported once, even if the host reports more after it was given up', () => {
  const happenings = [kill(), cancel, killing('failed', 1), killing('dead'), killed];
  assert.equal(tells(play(sent(), happenings).allEffects), ['failed']);
});

test.run();
