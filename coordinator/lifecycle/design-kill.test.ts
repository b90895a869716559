import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nextDeadline } from './deadline.ts';
import type { KillOutcome } from './event.ts';
import {
  accepted,
  cancel,
  disconnected,
  due,
  exited,
  FRESH,
  type Happening,
  hello,
  KILL_ID,
  kill,
  killCommand,
  killing,
  type OpName,
  outcome,
  play,
  queued,
  REBOOTED,
  rejected,
  reports,
  SECOND,
  SIGKILL,
  SIGNALLED,
  SIGTERM,
  STRONGER_KILL_ID,
  sends,
  sent,
  started,
  target,
  tells,
} from './fixtures/scenario.ts';

/** docs/lifecycle.md as cases: how a kill ends, for its target and for its own command. */

const WORD_AFTER_MS = 25 * SECOND;

type Case = readonly [
  title: string,
  op: OpName,
  happenings: readonly Happening[],
  expected: string,
  told: KillOutcome | null,
];

const done = exited({ exitCode: 0 });
const killed = exited({ signal: 'SIGTERM', kill: SIGNALLED });

/** These start from an accepted command, and then a kill. */
const ACCEPTED: readonly Case[] = [
  ['exited with kill times', 'plain', [killed], 'KILLED killed', 'gone'],
  ['exit 0 with kill times', 'plain', [exited({ exitCode: 0, kill: SIGNALLED })], 'KILLED killed', 'gone'],
  ['exited after term was seen', 'plain', [killing('term'), done], 'KILLED killed', 'gone'],
  ['exited after kill was seen', 'plain', [killing('kill'), exited({ signal: 'SIGKILL' })], 'KILLED killed', 'gone'],
  ['exited after term and dead', 'plain', [killing('term'), killing('dead'), done], 'KILLED killed', 'gone'],
  ['exited by itself', 'plain', [done], 'SUCCESS', 'already_ended'],
  ['exited by itself, deferred', 'plain', [killing('deferred'), done], 'SUCCESS', 'already_ended'],
  ['exited by itself before a signal was sent, dead', 'plain', [killing('dead'), done], 'SUCCESS', 'already_ended'],
  ['failed by itself', 'plain', [exited({ exitCode: 1 })], 'ERROR exit_nonzero', 'already_ended'],
  ['ended by another’s signal', 'plain', [exited({ signal: 'SIGKILL' })], 'ERROR signalled', 'already_ended'],
  ['exited by itself, to be checked', 'pull', [done], 'AWAITING_POST_CHECK', 'already_ended'],
  ['exited by itself, to come back', 'switch', [done], 'AWAITING_RECONNECT', 'already_ended'],
  ['lost', 'plain', [exited({ lost: true })], 'LOST agent_lost_command', 'lost'],
  ['hello without it', 'plain', [hello(null)], 'LOST agent_lost_command', 'lost'],
  ['hello, lost', 'plain', [hello('lost')], 'LOST agent_lost_command', 'lost'],
  [
    'hello of another boot',
    'plain',
    [hello(null, { by: REBOOTED })],
    'ABORTED_BY_REBOOT host_rebooted',
    'already_ended',
  ],
  ['hello, running', 'plain', [hello('running')], 'KILLING', null],
  ['never started', 'plain', [rejected('not_started')], 'ERROR not_started', 'already_ended'],
  ['killed before its start', 'plain', [rejected('killed_before_start')], 'KILLED killed', 'gone'],
  ['it failed', 'plain', [killing('term'), killing('failed', 2)], 'EXECUTING kill_failed', 'failed'],
  ['no word', 'plain', [due('killBy')], 'EXECUTING kill_failed', 'failed'],
  ['cancelled', 'plain', [cancel], 'CANCELLED cancelled', null],
];

/** And these from a command that was only sent. */
const UNACCEPTED: readonly Case[] = [
  ['killed before its start', 'plain', [rejected('killed_before_start')], 'KILLED killed', 'gone'],
  ['rejected as busy', 'plain', [rejected('busy')], 'BLOCKED agent_busy', 'already_ended'],
  ['rejected as unknown', 'plain', [rejected('unknown_op')], 'ERROR unknown_op', 'already_ended'],
  ['hello without it', 'plain', [hello(null)], 'KILLING', null],
  ['hello without it, another boot', 'plain', [hello(null, { by: REBOOTED })], 'KILLING', null],
  ['hello of another state folder', 'plain', [hello(null, { stateId: 'state-2' })], 'LOST state_lost', 'lost'],
  ['hello lists it, then not', 'plain', [hello('running'), hello(null)], 'LOST agent_lost_command', 'lost'],
  ['hello lists it as lost', 'plain', [hello('lost')], 'LOST agent_lost_command', 'lost'],
  ['accepted, then hello without it', 'plain', [accepted, hello(null)], 'LOST agent_lost_command', 'lost'],
  ['started, then hello without it', 'plain', [started, hello(null)], 'LOST agent_lost_command', 'lost'],
  ['exited with kill times', 'plain', [killed], 'KILLED killed', 'gone'],
  ['exited by itself', 'plain', [done], 'SUCCESS', 'already_ended'],
  ['it failed', 'plain', [killing('failed', 1)], 'PENDING kill_failed', 'failed'],
  ['no word', 'plain', [due('killBy')], 'PENDING kill_failed', 'failed'],
  ['no word, but it was accepted meanwhile', 'plain', [accepted, due('killBy')], 'EXECUTING kill_failed', 'failed'],
  [
    'the shutdown ended it, and then another boot',
    'plain',
    [exited({ signal: 'SIGTERM' }, { rebooting: true }), hello(null, { by: REBOOTED })],
    'ABORTED_BY_REBOOT host_rebooted',
    'already_ended',
  ],
];

for (const [before, cases] of [
  ['an accepted command', ACCEPTED],
  ['a sent command', UNACCEPTED],
] as const)
  for (const [title, op, happenings, expected, told] of cases)
    test(`kill of ${before}, ${title}: ${expected}, told ${told}`, () => {
      const first = before === 'a sent command' ? [] : [accepted];
      const { command, allEffects } = play(sent(op), [...first, kill(), ...happenings]);
      assert.is(outcome(command), expected);
      assert.equal(tells(allEffects), told ? [told] : []);
    });

test('a kill is sent at once, in any wait of the command', () => {
  for (const happenings of [[], [accepted], [due('notAfter')], [accepted, due('timeoutAt')]]) {
    const { command, effects } = play(sent(), [...happenings, kill()]);
    assert.is(outcome(command), 'KILLING');
    assert.equal(sends(effects), ['command.kill SIGTERM']);
    assert.equal([command.kill?.commandId, command.kill?.stage], [KILL_ID, null]);
  }
});

test('there is nothing to kill in a queued command and in one that has exited', () => {
  assert.is(outcome(play(queued(), [kill()]).command), 'QUEUED host_offline');
  assert.is(outcome(play(sent('pull'), [accepted, done, kill()]).command), 'AWAITING_POST_CHECK');
  assert.is(outcome(play(sent('switch'), [accepted, done, kill()]).command), 'AWAITING_RECONNECT');
  assert.is(outcome(play(sent(), [accepted, done, kill()]).command), 'SUCCESS');
});

test('a kill that failed leaves a hint, the next one starts from nothing', () => {
  const failed = play(sent(), [accepted, kill(), killing('term'), killing('failed', 1)]);
  assert.is(failed.command.kill?.stage, 'failed');
  assert.match(String(failed.command.hint), 'reboot');
  const again = play(failed, [kill(STRONGER_KILL_ID)]);
  assert.equal([outcome(again.command), again.command.kill?.stage], ['KILLING', null]);
  assert.is(outcome(play(again, [done]).command), 'SUCCESS');
});

test('a command ends KILLED by kill times after the kill was given up, and does not claim that nothing is left', () => {
  const happenings = [accepted, kill(), killing('term'), killing('failed', 1), killed];
  const { command, allEffects } = play(sent(), happenings);
  assert.is(outcome(command), 'KILLED killed');
  assert.equal(tells(allEffects), ['failed']);
  assert.not.match(String(command.message), 'nothing of it is left');
});

for (const [unfound, told, words] of [
  [undefined, 'gone', 'nothing of it is left'],
  ['not_visible', 'unseen', 'that can be seen on this host'],
  ['output_held', 'held', 'still holds its output open'],
] as const)
  test(`KILLED claims no more than the host could see: ${unfound ?? 'all'}`, () => {
    const exit = exited({ kill: SIGNALLED, evidence: unfound ? { unfound } : {} });
    const { command, allEffects } = play(sent(), [accepted, kill(), exit]);
    assert.is(outcome(command), 'KILLED killed');
    assert.ok(command.message?.includes(words), String(command.message));
    assert.is(command.hint !== null, unfound === 'output_held');
    assert.equal(tells(allEffects), [told]);
    const own = play(killCommand(), [target(told)]).command;
    assert.is(own.message?.includes('is left') && !own.message.includes('seen'), told === 'gone');
  });

test('a command that goes on after its kill was given up ends by its own row', () => {
  const { command } = play(sent(), [accepted, kill(), killing('term'), due('killBy'), done]);
  assert.is(outcome(command), 'SUCCESS');
});

test('the thresholds count again once the kill was given up', () => {
  const { record } = play(sent(), [accepted, due('timeoutAt'), kill(), due('killBy')]);
  assert.is(outcome(play({ record, effects: [] }, [due('timeoutAt')]).command), 'EXECUTING kill_failed TIMED_OUT');
});

test('the host’s word on a kill is due grace + 15 s after it was asked for, and after each stage', () => {
  const asked = play(sent(), [accepted, kill()]);
  assert.equal(nextDeadline(asked.record), { name: 'killBy', at: asked.at + WORD_AFTER_MS });
  const term = play(asked, [killing('term')]);
  assert.equal(nextDeadline(term.record)?.at, term.at + WORD_AFTER_MS);
});

for (const [title, happenings] of [
  ['offline at the time', [kill(KILL_ID, SIGTERM, false)]],
  ['offline since', [kill(), disconnected]],
  ['deferred', [kill(), killing('deferred')]],
  ['deferred, and back online', [kill(), killing('deferred'), disconnected, hello('running')]],
  ['deferred, and another kill that waits too', [kill(), killing('deferred'), kill(STRONGER_KILL_ID)]],
  ['dead, and its exit is to come', [kill(), killing('term'), killing('dead')]],
  ['dead, and back online', [kill(), killing('dead'), disconnected, hello('exited')]],
] as const)
  test(`no report on a kill is due: ${title}`, () => {
    assert.is(nextDeadline(play(sent(), [accepted, ...happenings]).record), null);
  });

for (const [title, happenings] of [
  ['offline, and back online', [kill(KILL_ID, SIGTERM, false), hello('running')]],
  ['deferred, and then it began', [kill(), killing('deferred'), killing('term')]],
] as const)
  test(`a report on a kill is due: ${title}`, () => {
    const { record, at } = play(sent(), [accepted, ...happenings]);
    assert.equal(nextDeadline(record), { name: 'killBy', at: at + WORD_AFTER_MS });
  });

test('a kill with force does not wait for the deferral: its word is due', () => {
  const { record, at } = play(sent(), [accepted, kill(), killing('deferred'), kill(STRONGER_KILL_ID, SIGKILL)]);
  assert.equal(nextDeadline(record), { name: 'killBy', at: at + 15 * SECOND });
});

test('a kill is sent again at each hello, as last requested', () => {
  const { effects } = play(sent(), [accepted, kill(), kill(STRONGER_KILL_ID, SIGKILL), disconnected, hello('running')]);
  assert.equal(sends(effects), ['command.kill SIGKILL']);
  const rebooted = play(sent(), [accepted, kill(), disconnected, hello('exited', { by: REBOOTED })]);
  assert.equal(sends(rebooted.effects), ['command.kill SIGTERM']);
});

test('a stronger kill replaces the one under way, and sent signals stay sent', () => {
  const stronger = [accepted, kill(), killing('term'), kill(STRONGER_KILL_ID, SIGKILL)];
  const { command, effects } = play(sent(), stronger);
  assert.equal([outcome(command), command.kill?.commandId], ['KILLING', STRONGER_KILL_ID]);
  assert.equal(sends(effects), ['command.kill SIGKILL']);
  assert.equal(
    effects.filter(({ type }) => type === 'tell-kill'),
    [{ type: 'tell-kill', commandId: KILL_ID, outcome: 'replaced' }],
  );
  const ended = play(sent(), [...stronger, exited({ signal: 'SIGKILL' })]);
  assert.is(outcome(ended.command), 'KILLED killed');
  assert.equal(
    ended.effects.filter(({ type }) => type === 'tell-kill'),
    [{ type: 'tell-kill', commandId: STRONGER_KILL_ID, outcome: 'gone' }],
  );
});

test('escalation and confirmation are dated', () => {
  const { command } = play(sent(), [accepted, kill(), killing('term'), killing('kill'), killing('dead')]);
  assert.equal(
    [command.kill?.stage, command.kill?.escalatedAt !== null, command.kill?.confirmedAt !== null],
    ['dead', true, true],
  );
});

for (const [told, expected] of [
  ['gone', 'SUCCESS'],
  ['unseen', 'SUCCESS'],
  ['held', 'PARTIAL kill_unproved'],
  ['already_ended', 'SUCCESS already_ended'],
  ['failed', 'ERROR kill_failed'],
  ['lost', 'LOST agent_lost_command'],
] as const)
  test(`the kill’s own command, its target ${told}: ${expected}`, () => {
    assert.is(outcome(killCommand().record.command), 'KILLING');
    assert.is(outcome(play(killCommand(), [target(told)]).command), expected);
  });

test('the kill’s own command waits for its target alone', () => {
  const { record } = killCommand();
  assert.is(nextDeadline(record), null);
  const onItsHost = [disconnected, hello(null), hello(null, { by: REBOOTED, stateId: 'state-2' }), reports(FRESH)];
  assert.ok(play({ record, effects: [] }, onItsHost).record === record);
});

test.run();
