import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Report } from '../../shared/model/report.ts';
import { back, guardedDone, guardedFailed, keepDecided } from './fixtures/samples-guard.ts';
import {
  accepted,
  BEFORE,
  decide,
  disconnected,
  due,
  endedBy,
  exited,
  FIRST,
  GUARDED,
  type Happening,
  hello,
  hostRemoved,
  KEPT,
  kill,
  NEW_SYSTEM,
  OLD,
  OLD_SYSTEM,
  ON_TRIAL,
  outcome,
  play,
  REBOOTED,
  RESTARTED,
  reports,
  SIGNALLED,
  STALE,
  sentGuarded,
  UNDONE,
  watched,
} from './fixtures/scenario.ts';

/** docs/lifecycle.md, Guarded activation, as cases. */

type Case = readonly [title: string, happenings: readonly Happening[], expected: string, options?: object];

const onTrial = [accepted, guardedDone];
const inContact = [...onTrial, back];
const shows = (report: Report) => reports(report, RESTARTED);
const returns = (report: Report) => hello(null, { by: RESTARTED, report });
const third: Report = { ...UNDONE, systemPath: '/nix/store/third-system' };
const trialOver: Report = { ...ON_TRIAL, guard: null };
const stale: Report = { ...STALE, systemPath: NEW_SYSTEM, guard: watched('activated') };
const killed = exited({ signal: 'SIGTERM', kill: SIGNALLED, evidence: GUARDED }, { report: ON_TRIAL });
const exitedWith = (exitCode: number, evidence: object) =>
  exited({ exitCode, evidence: { ...GUARDED, ...evidence } }, { report: ON_TRIAL });

const CASES: readonly Case[] = [
  ['no guard: the verdict at once', [accepted, exited({ exitCode: 0 }), returns(trialOver)], 'SUCCESS'],
  ['contact that has not lasted', inContact, 'AWAITING_RECONNECT'],
  [
    'a report from before the exit shows no guard either',
    [accepted, exited({ exitCode: 0, evidence: GUARDED }, { report: OLD }), reports(OLD)],
    'AWAITING_RECONNECT',
  ],
  ['the process from before is no contact', [...onTrial, hello(null, { report: ON_TRIAL })], 'AWAITING_RECONNECT'],
  ['kept, as the words of the contract show it', [...keepDecided, shows(KEPT)], 'SUCCESS'],
  ['kept, as its guard says', [...keepDecided, shows(endedBy(KEPT, 'kept', 'keep'))], 'SUCCESS'],
  ['kept, told by a hello', [...keepDecided, returns(KEPT)], 'SUCCESS'],
  ['a profile that leads elsewhere proves nothing', [...keepDecided, shows(trialOver)], 'AWAITING_POST_CHECK'],
  [
    'the guard’s end alone proves nothing',
    [...keepDecided, shows(endedBy(trialOver, 'kept', 'keep'))],
    'AWAITING_POST_CHECK',
  ],
  [
    'a boot default that leads elsewhere proves nothing',
    [...keepDecided, shows({ ...KEPT, bootPath: OLD_SYSTEM })],
    'AWAITING_POST_CHECK',
  ],
  ['a boot default that leads there too', [...keepDecided, shows({ ...KEPT, bootPath: NEW_SYSTEM })], 'SUCCESS'],
  ['a report without a word of guards', [...keepDecided, shows(BEFORE)], 'AWAITING_POST_CHECK'],
  ['kept, and never shown', [...keepDecided, due('postCheckBy')], 'PARTIAL keep_unverified'],
  [
    'the boot default could not be written',
    [...keepDecided, shows(endedBy(trialOver, 'keep_failed', 'keep', 'boot ended with status 1'))],
    'PARTIAL keep_failed',
  ],
  [
    'kept with the verdict that it had',
    [...onTrial, returns(stale), due('keepAt'), shows(KEPT)],
    'STALE_BINARY stale_binary',
  ],

  ['nobody was in contact', [...onTrial, returns(endedBy(UNDONE, 'undone', 'deadline'))], 'ROLLED_BACK not_confirmed'],
  ['the same without a word of why', [...onTrial, returns(UNDONE)], 'ROLLED_BACK not_confirmed'],
  [
    'contact, and undone before it had lasted',
    [...inContact, disconnected, returns(UNDONE)],
    'ROLLED_BACK not_confirmed',
  ],
  [
    'it says undone, and the new system is active',
    [...onTrial, returns(endedBy(trialOver, 'undone', 'deadline'))],
    'ERROR rollback_failed',
  ],
  [
    'the guard could not go back',
    [...onTrial, returns(endedBy(trialOver, 'rollback_failed', 'deadline'))],
    'ERROR rollback_failed',
  ],
  [
    'the guard has given up',
    [...onTrial, returns({ ...ON_TRIAL, guard: watched('failed', null) })],
    'ERROR rollback_failed',
  ],
  [
    'back in the old system, and the boot default could not be written',
    [...keepDecided, returns(endedBy({ ...UNDONE, guard: watched('failed', null) }, 'rollback_failed', 'reboot'))],
    'ERROR rollback_failed',
  ],
  [
    'back, after an exit that does not name the new system',
    [accepted, exitedWith(0, { builtPath: undefined }), returns(UNDONE)],
    'ROLLED_BACK not_confirmed',
  ],
  ['somebody activated another', [...onTrial, returns(endedBy(third, 'superseded', null))], 'ROLLED_BACK superseded'],
  ['the same without a word of why', [...onTrial, returns(third)], 'ROLLED_BACK superseded'],
  [
    'undone, and then another activated',
    [...onTrial, returns(endedBy(third, 'undone', 'deadline'))],
    'ROLLED_BACK superseded',
  ],
  [
    'the old one active again by hand, when it was to be kept',
    [...keepDecided, shows(endedBy(UNDONE, 'undone', 'keep'))],
    'ROLLED_BACK superseded',
  ],
  [
    'a power cut',
    [...onTrial, hello(null, { by: REBOOTED, report: endedBy(UNDONE, 'undone', 'reboot') })],
    'ROLLED_BACK not_confirmed',
  ],
  [
    'the same without a word of why',
    [...onTrial, hello(null, { by: REBOOTED, report: UNDONE })],
    'ROLLED_BACK not_confirmed',
  ],
  [
    'a power cut while activating',
    [accepted, hello(null, { by: REBOOTED, report: endedBy(OLD, 'undone', 'reboot') })],
    'ROLLED_BACK not_confirmed',
  ],
  [
    'a power cut while building',
    [accepted, hello(null, { by: REBOOTED, report: OLD })],
    'ABORTED_BY_REBOOT host_rebooted',
  ],

  ['a person undoes', [...onTrial, decide('undo'), returns(endedBy(UNDONE, 'undone', 'undo'))], 'ROLLED_BACK undone'],
  [
    'undone on the host by hand, just before the host was told to keep it',
    [...keepDecided, shows(endedBy(UNDONE, 'undone', 'undo'))],
    'ROLLED_BACK undone',
  ],
  [
    'a person undoes, and the power fails meanwhile',
    [...onTrial, decide('undo'), hello(null, { by: REBOOTED, report: endedBy(UNDONE, 'undone', 'reboot') })],
    'ROLLED_BACK undone',
  ],
  ['a person undoes, the new system stays', [...onTrial, decide('undo'), returns(trialOver)], 'ERROR rollback_failed'],
  [
    'a person undoes, the deadline was first',
    [...onTrial, decide('undo'), returns(endedBy(UNDONE, 'undone', 'deadline'))],
    'ROLLED_BACK not_confirmed',
  ],
  [
    'a person undoes too late: it was kept',
    [...inContact, decide('undo'), shows(endedBy(KEPT, 'kept', 'keep'))],
    'SUCCESS',
  ],
  ['a person keeps before the agent is back', [...onTrial, decide('keep'), reports(KEPT)], 'AWAITING_RECONNECT'],
  ['and it comes back', [...onTrial, decide('keep'), reports(KEPT), returns(KEPT)], 'SUCCESS'],
  ['a person keeps while the host is away', [...onTrial, decide('keep', false)], 'AWAITING_RECONNECT'],
  ['and it comes back, to be told', [...onTrial, decide('keep', false), back], 'AWAITING_POST_CHECK'],
  ['the second of two decisions', [...onTrial, decide('undo'), decide('keep'), back], 'AWAITING_RECONNECT'],

  ['proof asked for, and given', [...keepDecided, shows(KEPT)], 'SUCCESS', { keep: 'proof' }],
  [
    'proof asked for, and not given',
    [...onTrial, returns(stale), shows(endedBy(UNDONE, 'undone', 'undo'))],
    'ROLLED_BACK unproven',
    { keep: 'proof' },
  ],
  [
    'the same without a word of why',
    [...onTrial, returns(stale), shows(UNDONE)],
    'ROLLED_BACK unproven',
    { keep: 'proof' },
  ],

  ['the activation failed', [accepted, guardedFailed], 'AWAITING_RECONNECT'],
  [
    'and was undone',
    [accepted, guardedFailed, returns(endedBy(UNDONE, 'undone', 'activation'))],
    'ROLLED_BACK activation_failed',
  ],
  ['the same without a word of why', [accepted, guardedFailed, returns(UNDONE)], 'ROLLED_BACK activation_failed'],
  [
    'and was cut off at its limit',
    [accepted, due('timeoutAt'), killed, returns(endedBy(UNDONE, 'undone', 'undo'))],
    'ROLLED_BACK activation_failed',
  ],
  ['and could not be undone', [accepted, guardedFailed, returns(trialOver)], 'ERROR rollback_failed'],
  ['nobody keeps what failed', [accepted, guardedFailed, decide('keep')], 'AWAITING_RECONNECT'],
  [
    'contact does not keep what failed either',
    [accepted, guardedFailed, back, reports(ON_TRIAL, RESTARTED), due('reconnectBy')],
    'TIMEOUT no_reconnect TIMED_OUT',
  ],
  ['killed while activating', [accepted, kill(), killed, returns(UNDONE)], 'ROLLED_BACK activation_failed'],
  [
    'killed before anything was activated',
    [accepted, kill(), exited({ signal: 'SIGTERM', kill: SIGNALLED })],
    'KILLED killed',
  ],
  [
    'killed when the guard was armed, and nothing activated',
    [
      accepted,
      kill(),
      exited({ signal: 'SIGTERM', kill: SIGNALLED }, { report: { ...OLD, guard: watched('armed') } }),
      reports(UNDONE),
    ],
    'KILLED killed',
  ],
  [
    'the new system refuses: nothing was changed',
    [accepted, exitedWith(100, { failure: { code: 'switch_inhibited', message: 'init' } })],
    'ERROR switch_inhibited',
  ],
  [
    'the agent has lost it, its guard has not',
    [accepted, hello('lost', { by: RESTARTED, report: ON_TRIAL }), returns(endedBy(UNDONE, 'undone', 'activation'))],
    'ROLLED_BACK activation_failed',
  ],
  [
    'the agent has lost it, and it was kept',
    [accepted, hello('lost', { by: RESTARTED, report: endedBy(KEPT, 'kept', 'keep') })],
    'LOST agent_lost_command',
  ],

  [
    'units that had failed before',
    [accepted, exitedWith(4, { failedUnits: [], failedUnitsBefore: ['a.service'] }), back, due('keepAt'), shows(KEPT)],
    'SUCCESS',
  ],
  [
    'a unit that was fine',
    [
      accepted,
      exitedWith(4, { failedUnits: ['b.service'], failedUnitsBefore: ['a.service'] }),
      back,
      due('keepAt'),
      shows(KEPT),
    ],
    'PARTIAL units_failed',
  ],
  [
    'a unit that failed where the exit did not tell',
    [accepted, exitedWith(0, { failedUnits: ['b.service'], failedUnitsBefore: [] }), back, due('keepAt'), shows(KEPT)],
    'PARTIAL units_failed',
  ],
  [
    'an agent that tells all that failed',
    [accepted, exitedWith(4, { failedUnits: ['b.service'] }), back, due('keepAt'), shows(KEPT)],
    'PARTIAL units_failed',
  ],

  [
    'the exit told by the instance after it',
    [
      accepted,
      hello('exited', { by: RESTARTED, report: ON_TRIAL }),
      exited({ exitCode: 0, evidence: GUARDED, exitInstanceId: FIRST.instanceId }, { by: RESTARTED, report: ON_TRIAL }),
      due('keepAt'),
      shows(KEPT),
    ],
    'SUCCESS',
  ],
  ['host removed', [...inContact, hostRemoved], 'LOST host_removed'],
];

for (const [title, happenings, expected, options = {}] of CASES)
  test(`${title}: ${expected}`, () => {
    assert.is(outcome(play(sentGuarded({ ...options }), happenings).command), expected);
  });

test('a system that refuses is offered to the next boot', () => {
  const refuses = exitedWith(100, { failure: { code: 'switch_inhibited', message: 'init' } });
  assert.is(play(sentGuarded({}), [accepted, refuses]).command.alternative, 'boot');
});

test.run();
