import { type Sample, sample } from './samples.fixture.ts';
import {
  accepted,
  BEFORE,
  cancel,
  due,
  exited,
  hello,
  kill,
  killing,
  MINUTE,
  output,
  progress,
  queued,
  REBOOTED,
  rejected,
  SECOND,
  START,
  sent,
  started,
  woken,
} from './scenario.fixture.ts';

/** Samples of every row that a host's word decides, but for an exit. */

const done = exited({ exitCode: 0 });
const shutDown = exited({ signal: 'SIGTERM' }, { rebooting: true });
const RUN = { sends: ['command.run'] };
const KILL = { sends: ['command.kill SIGTERM'] };
const FREE = { open: false };
const NOT_BUSY = { open: false, record: { owedKill: null, killBy: null, shutdownExit: null } };

const DELIVERY: readonly Sample[] = [
  sample('woken', queued(), [], woken(), 'PENDING', 1, { ...RUN, open: true, events: ['woken'] }),
  sample(
    'woken, but blocked',
    queued(),
    [],
    woken({ status: 'BLOCKED', code: 'git_outdated', message: 'behind', alternative: 'pull' }),
    'BLOCKED git_outdated',
    1,
    { events: ['git_outdated'], command: { message: 'behind', finishedAt: START + SECOND } },
  ),
  sample('accepted', sent(), [], accepted, 'EXECUTING', 1, {
    events: ['accepted'],
    command: { acceptedAt: START + SECOND, timeoutAt: START + SECOND + 30 * MINUTE },
  }),
  sample('accepted while being killed', sent(), [kill()], accepted, 'KILLING', 0, {
    command: { acceptedAt: START + 2 * SECOND },
  }),
  sample('started without an accept', sent(), [], started, 'EXECUTING', 1, {
    command: { pid: 7, acceptedAt: START + SECOND },
  }),
  sample('started', sent(), [accepted], started, 'EXECUTING', 0, { command: { pid: 7, startedAt: START + 500 } }),
  sample('started', sent(), [kill()], started, 'KILLING', 0, {
    command: { pid: 7, acceptedAt: START + 2 * SECOND },
  }),
  sample('rejected as busy', sent(), [], rejected('busy'), 'BLOCKED agent_busy', 1, NOT_BUSY),
  sample('rejected as busy', sent(), [kill()], rejected('busy'), 'BLOCKED agent_busy', 1, {
    ...NOT_BUSY,
    tells: ['already_ended'],
  }),
  sample('killed before its start', sent(), [kill()], rejected('killed_before_start'), 'KILLED killed', 1, {
    ...NOT_BUSY,
    tells: ['gone'],
  }),
  sample('rejected', sent(), [], rejected('storage_full'), 'ERROR storage_full', 1, NOT_BUSY),
  sample('rejected', sent(), [kill()], rejected('expired'), 'ERROR expired', 1, {
    ...NOT_BUSY,
    tells: ['already_ended'],
  }),
  sample('accepted, but never started', sent(), [accepted], rejected('not_started'), 'ERROR not_started', 1, FREE),
  sample(
    'rejected after its end',
    sent(),
    [cancel],
    rejected('killed_before_start'),
    'CANCELLED cancelled',
    0,
    NOT_BUSY,
  ),
  sample('rejected after its end', sent(), [cancel, kill()], rejected('busy'), 'CANCELLED cancelled', 0, {
    ...NOT_BUSY,
    tells: ['already_ended'],
  }),
  sample('progress', sent(), [accepted], progress, 'EXECUTING', 0, {
    command: { progress: { phase: 'build', current: 1, total: 2, text: null } },
  }),
  sample('output', sent(), [accepted, done], output(5), 'SUCCESS', 0, {
    command: { output: { bytes: 5, total: 5, truncated: false } },
  }),
];

const HELLO: readonly Sample[] = [
  sample('hello lists it', sent(), [], hello('running'), 'EXECUTING', 1, { command: { startedAt: START + 500 } }),
  sample('hello lists it while being killed', sent(), [kill()], hello('running'), 'KILLING', 0, {
    ...KILL,
    command: { acceptedAt: START + 2 * SECOND },
  }),
  sample('hello of another state folder', sent(), [], hello(null, { stateId: 'other' }), 'LOST state_lost', 1, FREE),
  sample('hello of another state folder', sent(), [kill()], hello(null, { stateId: 'other' }), 'LOST state_lost', 1, {
    ...NOT_BUSY,
    tells: ['lost'],
  }),
  sample('hello without it, in time', sent(), [], hello(null, { by: REBOOTED }), 'PENDING', 0, {
    ...RUN,
    command: { bootId: 'boot-2', before: BEFORE },
  }),
  sample('hello without it, too late', sent(), [due('notAfter')], hello(null), 'ERROR not_delivered', 1, FREE),
  sample(
    'hello after a reboot, the exit follows',
    sent(),
    [accepted],
    hello('exited', { by: REBOOTED, rebooting: true }),
    'EXECUTING',
    0,
    { record: { cutByReboot: true } },
  ),
  sample(
    'hello after the reboot asked for',
    sent('reboot'),
    [accepted],
    hello(null, { by: REBOOTED }),
    'SUCCESS',
    1,
    FREE,
  ),
  sample(
    'hello after the reboot asked for',
    sent('reboot'),
    [accepted, shutDown],
    hello(null, { by: REBOOTED, stateId: 'other' }),
    'SUCCESS',
    1,
    { ...FREE, command: { signal: 'SIGTERM', exitInstanceId: 'instance-1' } },
  ),
  sample(
    'hello after a reboot',
    sent(),
    [accepted, kill()],
    hello('lost', { by: REBOOTED }),
    'ABORTED_BY_REBOOT host_rebooted',
    1,
    { ...NOT_BUSY, tells: ['already_ended'] },
  ),
  sample(
    'hello after a reboot',
    sent(),
    [accepted, exited({ exitCode: 143, evidence: { leftovers: 1 } }, { rebooting: true })],
    hello(null, { by: REBOOTED, stateId: 'other' }),
    'ABORTED_BY_REBOOT host_rebooted',
    1,
    { ...NOT_BUSY, command: { exitCode: 143, exitedAt: START + 2 * SECOND, evidence: { leftovers: 1 } } },
  ),
  sample('hello without it, or lost', sent(), [accepted], hello(null), 'LOST agent_lost_command', 1, FREE),
  sample(
    'hello without it, or lost',
    sent(),
    [accepted],
    hello(null, { by: REBOOTED, stateId: 'other' }),
    'LOST state_lost',
    1,
    FREE,
  ),
  sample('hello without it, or lost', sent(), [accepted, kill()], hello('lost'), 'LOST agent_lost_command', 1, {
    ...NOT_BUSY,
    tells: ['lost'],
  }),
  sample('hello while being killed', sent(), [accepted, kill()], hello('running'), 'KILLING', 0, {
    ...KILL,
    record: { killBy: START + 28 * SECOND },
  }),
  sample('hello knows when it started', sent(), [accepted], hello('running'), 'EXECUTING', 0, {
    command: { startedAt: START + 500 },
  }),
  sample('hello after its end, nothing left', sent(), [accepted, cancel], hello(null), 'CANCELLED cancelled', 0, FREE),
  sample(
    'hello after its end, nothing left',
    sent(),
    [accepted, kill(), cancel],
    hello('lost'),
    'CANCELLED cancelled',
    0,
    {
      ...NOT_BUSY,
      tells: ['lost'],
    },
  ),
  sample('hello after its end, a kill is owed', sent(), [cancel], hello(null), 'CANCELLED cancelled', 0, KILL),
  sample(
    'hello after its end, a kill is owed',
    sent(),
    [accepted, cancel, kill(), killing('term')],
    hello('running'),
    'CANCELLED cancelled',
    0,
    KILL,
  ),
];

export const DELIVERY_SAMPLES: readonly Sample[] = [...DELIVERY, ...HELLO];
