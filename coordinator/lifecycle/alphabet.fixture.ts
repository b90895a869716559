import { KILL_STAGES } from '../../shared/command.ts';
import type { CommandExited } from '../../shared/protocol.ts';
import { killUnderWay } from './change.ts';
import type { DeadlineName, KillOutcome } from './event.ts';
import type { OwedKill, Sender } from './record.ts';
import {
  AFTER,
  accepted,
  BEFORE,
  BUILDLESS,
  cancel,
  disconnected,
  due,
  eventOf,
  exited,
  FIRST,
  FRESH,
  type Happening,
  hello,
  hostRemoved,
  ignore,
  KILL_ID,
  kill,
  killing,
  MINUTE,
  output,
  progress,
  REBOOTED,
  RESTARTED,
  rebootOver,
  rebootUntracked,
  rejected,
  reports,
  SIGKILL,
  SIGNALLED,
  SIGTERM,
  STALE,
  STRONGER_KILL_ID,
  SUSPECT,
  shifted,
  started,
  target,
  wait,
  woken,
} from './scenario.fixture.ts';

/** Every event that can happen to a command, in all the variants that a row could tell apart. */

const EXITS: readonly Partial<CommandExited>[] = [
  { exitCode: 0 },
  { exitCode: 1 },
  { exitCode: 4 },
  { signal: 'SIGTERM' },
  { lost: true },
  { exitCode: 0, kill: SIGNALLED },
  {},
];

const SENDERS: readonly Sender[] = [FIRST, RESTARTED, REBOOTED];

const shutDown = { signal: 'SIGTERM', exitInstanceId: FIRST.instanceId };

const exits: Happening[] = EXITS.flatMap((exit) =>
  SENDERS.flatMap((by) =>
    [false, true].map((rebooting) =>
      exited({ ...exit, exitInstanceId: FIRST.instanceId }, { by, rebooting, report: by === FIRST ? BEFORE : FRESH }),
    ),
  ),
);

const hellos: readonly Happening[] = (['running', 'exited', 'lost', null] as const).flatMap((listed) =>
  SENDERS.flatMap((by) =>
    ['state-1', 'state-2'].map((stateId) => hello(listed, { by, stateId, report: by === FIRST ? BEFORE : FRESH })),
  ),
);

/** What every command of a host is told, named by it or not. */
export const HELLOS: readonly Happening[] = [
  ...hellos,
  hello('exited', { by: REBOOTED, report: FRESH, rebooting: true }),
  hello(null, { stateId: null }),
  (_, at) => ({ ...hello(null), at: at + 10 * MINUTE }),
  disconnected,
];

const OFF_TARGET = { ...AFTER, repoCommit: 'another' };

/** Everything that a host can show of itself, in each frame that shows it. */
const seen: Happening[] = [
  reports(BEFORE),
  reports(AFTER),
  reports(OFF_TARGET),
  hello('exited', { report: AFTER }),
  hello('exited', { report: OFF_TARGET }),
  reports(FRESH, RESTARTED),
  ...[STALE, SUSPECT, BUILDLESS].flatMap((report) => [
    reports(report, RESTARTED),
    hello(null, { by: RESTARTED, report }),
    hello(null, { by: REBOOTED, report }),
    exited(shutDown, { by: REBOOTED, report, rebooting: true }),
  ]),
];

const DEADLINES: readonly DeadlineName[] = [
  'queuedUntil',
  'notAfter',
  'warningAt',
  'timeoutAt',
  'decideBy',
  'killBy',
  'nudgeAt',
  'postCheckBy',
  'reconnectBy',
];

/** A deadline that is due, or an alarm for one that is not set. */
export const alarm = (name: DeadlineName): Happening => {
  const onTime = due(name);
  return (record, at) => {
    const isSet = (name === 'killBy' || name === 'nudgeAt' ? record[name] : record.command[name]) !== null;
    return isSet && typeof onTime === 'function' ? onTime(record, at) : { type: 'deadline', name, at };
  };
};

const OUTCOMES: readonly KillOutcome[] = ['gone', 'already_ended', 'failed', 'lost', 'replaced'];

/** What the host, or its silence, says of a command. */
export const HOST_EVENTS: readonly Happening[] = [
  accepted,
  started,
  ...(['busy', 'unknown_op', 'killed_before_start', 'not_started'] as const).map(rejected),
  progress,
  output(5),
  ...KILL_STAGES.map((stage) => killing(stage)),
  ...exits,
  ...HELLOS,
  ...seen,
  rebootOver,
  rebootUntracked,
];

/** What time and people do. Kills are not among them: they come with a command of their own. */
export const OTHER_EVENTS: readonly Happening[] = [
  woken(),
  woken({ status: 'BLOCKED', code: 'already_current', message: 'current', alternative: null }),
  ...DEADLINES.map(alarm),
  wait(1),
  ignore,
  cancel,
  hostRemoved,
  shifted(MINUTE),
];

/** A kill has an id of its own, also where it takes the place of another. */
const newKill =
  (owed: OwedKill, online: boolean): Happening =>
  (record, at) => {
    const id = killUnderWay(record) === KILL_ID ? STRONGER_KILL_ID : KILL_ID;
    return eventOf(kill(id, owed, online), record, at);
  };

export const KILL_EVENTS: readonly Happening[] = [
  newKill(SIGTERM, true),
  newKill(SIGTERM, false),
  newKill(SIGKILL, true),
];

export const TARGET_EVENTS: readonly Happening[] = OUTCOMES.map(target);
