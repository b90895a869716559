import { type Sample, sample } from './samples.fixture.ts';
import {
  accepted,
  cancel,
  disconnected,
  due,
  exited,
  hostRemoved,
  ignore,
  KILL_ID,
  kill,
  killCommand,
  killing,
  MINUTE,
  queued,
  SECOND,
  SIGKILL,
  START,
  STRONGER_KILL_ID,
  sent,
  shifted,
  target,
  wait,
} from './scenario.fixture.ts';

/** Samples of every row that a person, a kill or a deadline decides. */

const done = exited({ exitCode: 0 });
const KILL = { sends: ['command.kill SIGTERM'] };
const GIVEN_UP = { tells: ['failed'], record: { owedKill: null, killBy: null } } as const;
const ENDED = { open: false, record: { owedKill: null, killBy: null } };

const KILLS: readonly Sample[] = [
  sample('kill', sent(), [], kill(), 'KILLING', 1, { ...KILL, events: ['kill'] }),
  sample('kill', sent(), [accepted, kill()], kill(STRONGER_KILL_ID, SIGKILL), 'KILLING', 0, {
    sends: ['command.kill SIGKILL'],
    tells: ['replaced'],
    record: { owedKill: SIGKILL, killBy: START + 18 * SECOND },
  }),
  sample('kill of what goes on after its end', sent(), [accepted, cancel], kill(), 'CANCELLED cancelled', 0, {
    ...KILL,
    record: { killBy: START + 28 * SECOND },
  }),
  sample('kill failed', sent(), [accepted, kill(), killing('kill')], killing('failed', 3), 'EXECUTING kill_failed', 1, {
    ...GIVEN_UP,
    events: ['kill_failed'],
  }),
  sample('kill failed', sent(), [kill()], killing('failed', 1), 'PENDING kill_failed', 1, GIVEN_UP),
  sample('kill failed', sent(), [accepted, kill(), cancel], killing('failed', 1), 'CANCELLED cancelled', 0, GIVEN_UP),
  sample('kill comes on', sent(), [accepted, kill()], killing('deferred'), 'KILLING', 0, {
    record: { killBy: null, signalled: false },
  }),
  sample('kill comes on', sent(), [accepted, kill(), cancel], killing('term'), 'CANCELLED cancelled', 0, {
    record: { signalled: true },
  }),
  sample('no word on the kill', sent(), [accepted, kill()], due('killBy'), 'EXECUTING kill_failed', 1, GIVEN_UP),
  sample('no word on the kill', sent(), [kill(), cancel], due('killBy'), 'CANCELLED cancelled', 0, {
    tells: ['failed'],
    record: { killBy: null },
  }),
  sample('connection lost during a kill', sent(), [accepted, kill()], disconnected, 'KILLING', 0, {
    record: { killBy: null },
  }),
  sample('the target has ended', killCommand(), [], target('gone'), 'SUCCESS', 1, { command: { id: KILL_ID } }),
  sample('the target has ended', killCommand(), [], target('already_ended'), 'SUCCESS already_ended', 1),
  sample('the target has ended', killCommand(), [], target('failed'), 'ERROR kill_failed', 1),
  sample('the target has ended', killCommand(), [], target('lost'), 'LOST agent_lost_command', 1),
  sample('the target has ended', killCommand(), [], target('replaced'), 'CANCELLED cancelled', 1),
];

const DEADLINES: readonly Sample[] = [
  sample('queued too long', queued(), [], due('queuedUntil'), 'EXPIRED expired', 1, { events: ['expired'] }),
  sample('not accepted in time', sent(), [], due('notAfter'), 'PENDING TIMED_OUT', 1, { events: ['notAfter'] }),
  sample('warning', sent(), [accepted], due('warningAt'), 'EXECUTING WARNING', 1, { events: ['warningAt'] }),
  sample('timed out', sent(), [accepted, due('warningAt')], due('timeoutAt'), 'EXECUTING TIMED_OUT', 1, {
    events: ['timeoutAt'],
  }),
  sample(
    'timed out',
    sent(),
    [accepted, kill(), due('killBy')],
    due('timeoutAt'),
    'EXECUTING kill_failed TIMED_OUT',
    1,
    { events: ['timeoutAt'] },
  ),
  sample(
    'no answer in time',
    sent('plain', { onTimeout: 'kill' }),
    [accepted, due('timeoutAt')],
    due('decideBy'),
    'EXECUTING TIMED_OUT',
    0,
    { autoKill: true, record: { autoKilled: false } },
  ),
  sample(
    'no answer in time',
    sent('plain', { onTimeout: 'kill', decisionMs: SECOND }),
    [accepted, due('timeoutAt')],
    due('decideBy'),
    'EXECUTING TIMED_OUT',
    0,
    { autoKill: true, command: { decideBy: START + 30 * MINUTE + 32 * SECOND } },
  ),
  sample('no report yet', sent('pull'), [accepted, done], due('nudgeAt'), 'AWAITING_POST_CHECK', 0, {
    sends: ['heartbeat.request'],
    record: { nudgeAt: null },
  }),
  sample(
    'no fresh report in time',
    sent('pull'),
    [accepted, done],
    due('postCheckBy'),
    'PARTIAL post_check_unverified',
    1,
  ),
  sample('not back in time', sent('switch'), [accepted, done], due('reconnectBy'), 'TIMEOUT no_reconnect TIMED_OUT', 1),
];

const ANSWERS: readonly Sample[] = [
  sample('wait for the start', sent(), [due('notAfter')], wait(3), 'PENDING', 1, {
    sends: ['command.run'],
    events: ['wait'],
  }),
  sample('wait', sent(), [accepted, due('timeoutAt')], wait(3), 'EXECUTING', 1, {
    events: ['wait'],
    command: { warningAt: null, extendedMs: 3 * MINUTE + SECOND },
  }),
  sample('ignore', sent(), [accepted, due('timeoutAt')], ignore, 'TIMEOUT timeout_ignored TIMED_OUT', 1),
  sample('ignore', sent(), [due('notAfter')], ignore, 'TIMEOUT timeout_ignored TIMED_OUT', 1, KILL),
  sample('cancel', sent(), [accepted], cancel, 'CANCELLED cancelled', 1, { open: true }),
  sample('cancel', sent(), [], cancel, 'CANCELLED cancelled', 1, KILL),
  sample('host removed from the queue', queued(), [], hostRemoved, 'CANCELLED host_removed', 1),
  sample('host removed', sent(), [accepted, kill()], hostRemoved, 'LOST host_removed', 1, {
    ...ENDED,
    tells: ['lost'],
  }),
  sample('host removed after its end', sent(), [kill(), cancel], hostRemoved, 'CANCELLED cancelled', 0, {
    ...ENDED,
    tells: ['lost'],
  }),
  sample('clock shifted', sent(), [], shifted(MINUTE), 'PENDING', 0, { command: { notAfter: START + 3 * MINUTE } }),
];

export const DECISION_SAMPLES: readonly Sample[] = [...KILLS, ...DEADLINES, ...ANSWERS];
