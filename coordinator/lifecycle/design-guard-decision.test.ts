import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Report } from '../../shared/model/report.ts';
import { nextDeadline } from './deadline.ts';
import { back, guardedDone, keepDecided } from './fixtures/samples-guard.ts';
import {
  accepted,
  cancel,
  decide,
  disconnected,
  due,
  type Happening,
  hello,
  hostRemoved,
  ignore,
  KEPT,
  MINUTE,
  NEW_SYSTEM,
  ON_TRIAL,
  outcome,
  play,
  RESTARTED,
  reports,
  SECOND,
  STALE,
  START,
  sends,
  sentGuarded,
  watched,
} from './fixtures/scenario.ts';

/** docs/lifecycle.md, Guarded activation: when a decision is made, and how often it is sent. */

const onTrial = [accepted, guardedDone];
const inContact = [...onTrial, back];
const gone = [...onTrial, due('reconnectBy')];
const shows = (report: Report) => reports(report, RESTARTED);
const returns = (report: Report) => hello(null, { by: RESTARTED, report });
const stale: Report = { ...STALE, systemPath: NEW_SYSTEM, guard: watched('activated') };

const commandsSent = (happenings: readonly Happening[], options: Record<string, unknown> = {}): string[] =>
  sends(play(sentGuarded(options), happenings).allEffects).filter(
    (type) => type === 'command.keep' || type === 'command.undo',
  );

test('a decision is sent at each welcome until a report answers it, even after its command has ended', () => {
  assert.equal(commandsSent(keepDecided), ['command.keep']);
  assert.equal(commandsSent([...keepDecided, back, back]), ['command.keep', 'command.keep', 'command.keep']);
  assert.equal(commandsSent([...keepDecided, due('postCheckBy'), back]), ['command.keep', 'command.keep']);
  const answered = play(sentGuarded(), [...keepDecided, due('postCheckBy'), returns(KEPT), back]);
  assert.equal(sends(answered.allEffects).filter((type) => type === 'command.keep').length, 1);
  assert.not(answered.record.open);
});

test('a command that ended TIMEOUT because its agent was away still gets its decision', () => {
  assert.equal(commandsSent([...gone, back, due('keepAt')]), ['command.keep']);
  assert.equal(commandsSent([...gone, returns(stale)], { keep: 'proof' }), ['command.undo']);
  const { record } = play(sentGuarded(), [...gone, back, due('keepAt'), shows(KEPT)]);
  assert.is(outcome(record.command), 'TIMEOUT no_reconnect TIMED_OUT');
  assert.not(record.open, 'its host is free');
});

test('cancel, ignore and removal never keep; a person may', () => {
  const running = [accepted, due('timeoutAt'), ignore, guardedDone];
  for (const given of [[...inContact, cancel], [...onTrial, cancel], running]) {
    const { record } = play(sentGuarded(), [...given, back]);
    assert.ok(record.open, 'its host has not gone back yet');
    assert.is(nextDeadline(record), null);
    assert.not(commandsSent([...given, back]).includes('command.keep'));
    assert.is(commandsSent([...given, back, decide('keep')]).at(-1), 'command.keep');
  }
  assert.equal(commandsSent([...inContact, hostRemoved, back, decide('keep')]), []);
});

test("an activation longer than its op's limit is undone, even if a person answers later; that decides nothing", () => {
  assert.equal(commandsSent([accepted, due('timeoutAt')]), ['command.undo']);
  assert.not(play(sentGuarded(), [accepted, due('timeoutAt')]).record.command.decision);
});

test('a short welcome is not contact, and gives the agent time to come back', () => {
  const lost = play(sentGuarded(), [...inContact, disconnected]);
  assert.is(nextDeadline(lost.record)?.name, 'reconnectBy');
  const again = play(sentGuarded(), [...inContact, disconnected, back]);
  assert.equal(nextDeadline(again.record), { name: 'keepAt', at: again.at + 15 * SECOND });
});

test("while the host may still go back, its agent has 90 s after the guard's deadline", () => {
  const by = (happenings: readonly Happening[], options = {}) =>
    play(sentGuarded(options), happenings).command.reconnectBy;
  assert.is(by(onTrial), START + 2 * SECOND + 180 * SECOND + 90 * SECOND);
  assert.is(by(onTrial, { confirmMs: 2_000 }), START + 2 * SECOND + 2 * SECOND + 90 * SECOND);
  // Held for as long as the coordinator was away: the deadline has moved.
  const moved = reports({ ...ON_TRIAL, sampledAt: START, guard: watched('activated', START + 120 * SECOND) });
  assert.is(
    by([...onTrial, (_, at) => ({ ...(moved as object), at: at + 10 * MINUTE }) as never]),
    START + 3 * SECOND + 10 * MINUTE + 120 * SECOND + 90 * SECOND,
  );
});

test('an agent that takes no decisions is not taken to be in contact', () => {
  const deaf: Happening = (_, at) => {
    const event = returns(ON_TRIAL);
    return { ...event, at, sighting: { ...event.sighting, guards: false } };
  };
  for (const given of [onTrial, inContact]) {
    const { record } = play(sentGuarded(), [...given, deaf]);
    assert.is(record.guard?.keepAt, null);
  }
});

test('contact ends where the host says that it goes back', () => {
  const undoing = { ...ON_TRIAL, guard: watched('undoing', null) };
  for (const word of [shows(undoing), returns(undoing)])
    assert.is(nextDeadline(play(sentGuarded(), [...inContact, word]).record)?.name, 'reconnectBy');
});

test.run();
