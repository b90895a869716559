import { type Sample, sample } from './samples.fixture.ts';
import {
  AFTER,
  accepted,
  cancel,
  exited,
  FRESH,
  hello,
  kill,
  REBOOTED,
  RESTARTED,
  rebootOver,
  rebootUntracked,
  reports,
  SECOND,
  SIGNALLED,
  STALE,
  START,
  SUSPECT,
  sent,
} from './scenario.fixture.ts';

/** Samples of every row that an exit or the proof after it decides. */

const done = exited({ exitCode: 0 });
const shutDown = exited({ signal: 'SIGTERM' }, { rebooting: true });
const shutDownToldLater = exited({ signal: 'SIGTERM' }, { rebooting: true, by: REBOOTED });
const restarted = exited({ exitCode: 0, exitInstanceId: 'instance-1' }, { by: RESTARTED, report: FRESH });
const FREE = { open: false };
const NOT_BUSY = { open: false, record: { owedKill: null, killBy: null, shutdownExit: null } };

const EXIT: readonly Sample[] = [
  sample('exited without an accept', sent(), [], done, 'SUCCESS', 2, { ...FREE, events: ['accepted', 'verified'] }),
  sample(
    'exited by the reboot asked for, says the next boot',
    sent('reboot'),
    [accepted],
    shutDownToldLater,
    'SUCCESS',
    1,
    { ...FREE, command: { signal: 'SIGTERM', exitInstanceId: 'instance-3' } },
  ),
  sample(
    'exited by the shutdown, says the next boot',
    sent(),
    [accepted],
    shutDownToldLater,
    'ABORTED_BY_REBOOT host_rebooted',
    1,
    { ...FREE, command: { signal: 'SIGTERM' } },
  ),
  sample('exited by the shutdown', sent(), [accepted], shutDown, 'EXECUTING', 0, { command: { exitedAt: null } }),
  sample('exited by the shutdown', sent(), [accepted], exited({ exitCode: 143 }, { rebooting: true }), 'EXECUTING', 0),
  sample('exited by the shutdown', sent(), [kill()], shutDown, 'EXECUTING', 1, {
    tells: ['already_ended'],
    events: ['exited by the shutdown'],
    record: { owedKill: null, killBy: null },
  }),
  sample('the reboot is no longer awaited', sent(), [accepted], rebootUntracked, 'EXECUTING', 0, {
    record: { cutByReboot: true },
  }),
  sample('the reboot is no longer awaited', sent(), [accepted, rebootUntracked], rebootOver, 'EXECUTING', 0, {
    record: { cutByReboot: false },
  }),
  sample('the reboot came to nothing', sent(), [accepted, shutDown], rebootOver, 'ERROR signalled', 1, {
    ...NOT_BUSY,
    command: { signal: 'SIGTERM', exitInstanceId: 'instance-1' },
  }),
  sample('exit lost', sent(), [accepted], exited({ lost: true }), 'LOST agent_lost_command', 1, FREE),
  sample('exit lost', sent(), [accepted, kill()], exited({}), 'LOST agent_lost_command', 1, {
    ...NOT_BUSY,
    tells: ['lost'],
  }),
  sample(
    'exited by the kill',
    sent(),
    [accepted, kill()],
    exited({ exitCode: 0, kill: SIGNALLED }),
    'KILLED killed',
    1,
    { ...NOT_BUSY, tells: ['gone'], events: ['killed'], command: { exitCode: 0 } },
  ),
  sample('exited by a signal', sent(), [accepted], exited({ signal: 'SIGKILL' }), 'ERROR signalled', 1, FREE),
  sample('exited well', sent(), [accepted], done, 'SUCCESS', 1, { ...FREE, command: { code: null, exitCode: 0 } }),
  sample('exited well', sent('pull'), [accepted], done, 'AWAITING_POST_CHECK', 1, FREE),
  sample('exited well', sent('switch'), [accepted], exited({ exitCode: 4 }), 'AWAITING_RECONNECT', 1, FREE),
  sample('exited well', sent('switch'), [accepted], restarted, 'SUCCESS', 2, FREE),
  sample('exited with a failure', sent(), [accepted], exited({ exitCode: 1 }), 'ERROR exit_nonzero', 1, FREE),
  sample('late result', sent(), [accepted, cancel], done, 'CANCELLED cancelled', 0, {
    ...NOT_BUSY,
    command: { lateResult: { exitCode: 0, signal: null, endedAt: START + 2 * SECOND } },
  }),
  sample('late result', sent(), [accepted, cancel, kill()], exited({ lost: true }), 'CANCELLED cancelled', 0, {
    ...NOT_BUSY,
    tells: ['lost'],
    command: { lateResult: null },
  }),
];

const VERIFY: readonly Sample[] = [
  sample('fresh report after the exit', sent('pull'), [accepted, done], reports(AFTER), 'SUCCESS', 1),
  sample('fresh report in a hello', sent('pull'), [accepted, done], hello('exited', { report: AFTER }), 'SUCCESS', 1),
  sample('report of a new instance', sent('switch'), [accepted, done], reports(FRESH, RESTARTED), 'SUCCESS', 1),
  sample(
    'report of a new instance',
    sent('switch'),
    [accepted, done],
    reports(SUSPECT, RESTARTED),
    'SUSPICIOUS suspicious_binary',
    1,
  ),
  sample(
    'hello of a new instance',
    sent('switch'),
    [accepted, done],
    hello(null, { by: RESTARTED, report: STALE }),
    'STALE_BINARY stale_binary',
    1,
    { command: { after: STALE } },
  ),
];

export const EXIT_SAMPLES: readonly Sample[] = [...EXIT, ...VERIFY];
