import type { Command, KillStage, TimeoutStatus } from '../../shared/command.ts';
import { builtinOp, customOp, type OpDefinition, type Thresholds } from '../../shared/ops.ts';
import type { CommandExited, CommandRejected, CoordinatorFrame, HeldCommand } from '../../shared/protocol.ts';
import type { Report } from '../../shared/report.ts';
import type { Target } from '../../shared/target.ts';
import { SAMPLE_HOST, sampleId, sampleReport } from '../sample.ts';
import { type Creation, createCommand, createKill } from './create.ts';
import type { Effect, Step } from './effect.ts';
import type { DeadlineName, Decision, EventOf, HostSnapshot, KillOutcome, LifecycleEvent } from './event.ts';
import type { CommandRecord, OwedKill, Sender } from './record.ts';
import { reduce } from './reduce.ts';
import type { Row } from './row.ts';

/** Commands and what happens to them, in few words. Records come about by the reducer only, never by hand. */

export const COMMAND_ID = sampleId(1);
export const KILL_ID = sampleId(2);
export const STRONGER_KILL_ID = sampleId(3);
export const START = 1_000_000;
export const SECOND = 1_000;
export const MINUTE = 60_000;

/** The process that takes the command, the one after a restart of the agent, and the one after a reboot. */
export const FIRST: Sender = { instanceId: 'instance-1', bootId: 'boot-1' };
export const RESTARTED: Sender = { instanceId: 'instance-2', bootId: 'boot-1' };
export const REBOOTED: Sender = { instanceId: 'instance-3', bootId: 'boot-2' };

const OLD_BUILD = { sourceCommit: 'old-commit', storePath: '/old', binaryHash: 'old' };
const NEW_BUILD = { sourceCommit: 'new-commit', storePath: '/new', binaryHash: 'new' };
const installed = ({ storePath, binaryHash }: typeof OLD_BUILD) => ({ storePath, binaryHash });

export const BEFORE = sampleReport({ freshness: OLD_BUILD, installed: installed(OLD_BUILD), repoCommit: 'old-commit' });
/** The first command has ended and did what it is for. */
export const AFTER = sampleReport({ ...BEFORE, afterCommand: COMMAND_ID, repoCommit: 'new-commit' });
/** The new build runs, and is the installed one. */
export const FRESH = sampleReport({ ...AFTER, freshness: NEW_BUILD, installed: installed(NEW_BUILD) });
/** The new build is installed, and the old one runs. */
export const STALE = sampleReport({ ...AFTER, installed: installed(NEW_BUILD) });
/** The new build runs, of another commit than the lock pins. */
export const SUSPECT = sampleReport({ ...FRESH, expectedCommit: 'pinned-commit' });
/** Nothing is known of the agent's build. */
export const BUILDLESS = sampleReport({ afterCommand: COMMAND_ID, repoCommit: 'new-commit' });

export const SNAPSHOT: HostSnapshot = { bootId: FIRST.bootId, stateId: 'state-1', report: BEFORE };

export const TARGET: Target = {
  commit: 'new-commit',
  lockHash: null,
  branch: 'main',
  source: 'a remote',
  checkedAt: START,
  error: null,
};

function builtin(id: string): OpDefinition {
  const op = builtinOp(id);
  if (!op) throw new Error(`no op ${id}`);
  return op;
}

/** One op of each kind that the lifecycle tells apart; `restart` is one without a slot, the last one an OPS_FILE's. */
export const OPS = {
  plain: customOp('plain', 'exit'),
  pull: builtin('pull'),
  switch: builtin('switch'),
  restart: builtin('restart'),
  reboot: builtin('reboot'),
  rebootingSwitch: { ...builtin('switch'), completion: 'reboot' },
} as const satisfies Record<string, OpDefinition>;
export type OpName = keyof typeof OPS;

const creation = (op: OpDefinition, thresholds: Partial<Thresholds>): Creation => ({
  id: COMMAND_ID,
  at: START,
  op: { ...op, thresholds: { ...op.thresholds, ...thresholds } },
  platform: 'nixos',
  hostId: SAMPLE_HOST,
  dispatchId: sampleId(9),
  options: {},
  force: false,
  requestedBy: 'admin',
});

export const sent = (op: OpName = 'plain', thresholds: Partial<Thresholds> = {}): Step =>
  createCommand(creation(OPS[op], thresholds), { status: 'PENDING' }, SNAPSHOT);

export const queued = (op: OpName = 'plain'): Step =>
  createCommand(
    creation(OPS[op], {}),
    { status: 'QUEUED', code: 'host_offline', message: 'offline', queuedUntil: START + 5 * MINUTE },
    SNAPSHOT,
  );

export const blocked = (): Step =>
  createCommand(
    creation(OPS.plain, {}),
    { status: 'BLOCKED', code: 'op_unsupported', message: 'unsupported', alternative: null },
    SNAPSHOT,
  );

export const SIGTERM: OwedKill = { signal: 'SIGTERM', graceMs: 10_000, force: false };
export const SIGKILL: OwedKill = { signal: 'SIGKILL', graceMs: 0, force: true };

/** The kill's own command. */
export const killCommand = (kill: OwedKill = SIGTERM): Step =>
  createKill({ ...creation(builtin('kill'), {}), id: KILL_ID, targetCommandId: COMMAND_ID }, kill);

type WithoutTime<Event> = Event extends LifecycleEvent ? Omit<Event, 'at'> & { at?: number } : never;
type Untimed<Type extends LifecycleEvent['type']> = WithoutTime<EventOf<Type>>;
/** An event; where it has no time, it comes a second after the one before. */
export type Happening = WithoutTime<LifecycleEvent> | ((record: CommandRecord, at: number) => LifecycleEvent);

export const woken =
  (decision: Exclude<Decision, { status: 'QUEUED' }> = { status: 'PENDING' }): Happening =>
  ({ policy }, at) => ({ type: 'woken', at, decision, host: SNAPSHOT, policy });
export const accepted: Happening = { type: 'accepted' };
export const started: Happening = { type: 'started', pid: 7, startedAt: START + 500 };
export const rejected = (code: CommandRejected['code']): Happening => ({ type: 'rejected', code, message: code });
export const progress: Happening = {
  type: 'progress',
  progress: { phase: 'build', current: 1, total: 2, text: null },
};
export const output = (bytes: number): Happening => ({ type: 'output', bytes, total: bytes, truncated: false });
export const killing = (stage: KillStage, survivors = 0): Happening => ({
  type: 'killing',
  stage,
  survivors,
  stageAt: START + 5 * SECOND,
});

type Told = { by?: Sender; report?: Report };

export function exited(exit: Partial<CommandExited>, how: Told & { rebooting?: boolean } = {}): Happening {
  const { by = FIRST, report = BEFORE, rebooting = false } = how;
  return {
    type: 'exited',
    exit: {
      id: COMMAND_ID,
      exitCode: null,
      signal: null,
      lost: false,
      startedAt: START + 500,
      endedAt: START + 2 * SECOND,
      outputBytes: 10,
      ...exit,
    },
    sighting: { ...by, report, target: TARGET },
    rebooting,
  };
}

export const SIGNALLED = { termAt: START + 1_500, killAt: null };

/** How the host's spool shows the command, or null where it doesn't; `stateId` null: the hello has none. */
export function hello(
  listed: HeldCommand['state'] | null,
  how: Told & { stateId?: string | null; rebooting?: boolean } = {},
): Untimed<'hello'> {
  const { by = FIRST, report = BEFORE, stateId = 'state-1', rebooting = false } = how;
  return {
    type: 'hello',
    sighting: { ...by, report, target: TARGET },
    stateId,
    listed: listed && { id: COMMAND_ID, op: 'op', state: listed, startedAt: START + 500, outputBytes: 10 },
    rebooting,
  };
}

export const reports = (report: Report, by: Sender = FIRST): Happening => ({
  type: 'report',
  sighting: { ...by, report, target: TARGET },
});
export const disconnected: Happening = { type: 'disconnected' };
/** A deadline at the moment at which it is due. */
export const due =
  (name: DeadlineName): Happening =>
  (record) => {
    const at = name === 'killBy' || name === 'nudgeAt' ? record[name] : record.command[name];
    if (at === null) throw new Error(`${record.command.status} has no ${name}`);
    return { type: 'deadline', name, at };
  };
export const wait = (minutes: number): Happening => ({ type: 'wait', actor: 'ann', minutes, host: SNAPSHOT });
export const ignore: Happening = { type: 'ignore', actor: 'ann' };
export const kill = (commandId = KILL_ID, owed = SIGTERM, online = true, actor = 'ann'): Happening => ({
  type: 'kill',
  actor,
  commandId,
  kill: owed,
  online,
});
export const cancel: Happening = { type: 'cancel', actor: 'ann' };
export const hostRemoved: Happening = { type: 'host_removed', actor: 'ann' };
export const rebootOver: Happening = { type: 'reboot_over', happens: false };
/** It was given up by a person, and did its work. */
export const rebootUntracked: Happening = { type: 'reboot_over', happens: true };
export const target = (outcome: KillOutcome): Happening => ({ type: 'target', outcome });
export const shifted = (byMs: number): Happening => ({ type: 'shifted', byMs });

export type Played = Step & {
  command: Command;
  /** When the last event came. */
  at: number;
  /** What the last event did, and what all of them did. */
  effects: readonly Effect[];
  allEffects: readonly Effect[];
};

/** Puts the events to the record, one after the other. */
export function play(start: Step, happenings: readonly Happening[], rows?: readonly Row[]): Played {
  let at = START;
  let step = start;
  const allEffects = [...start.effects];
  for (const happening of happenings) {
    const event = eventOf(happening, step.record, at + SECOND);
    at = event.at;
    step = reduce(step.record, event, rows);
    allEffects.push(...step.effects);
  }
  return { ...step, command: step.record.command, at, allEffects };
}

export const eventOf = (happening: Happening, record: CommandRecord, at: number): LifecycleEvent =>
  typeof happening === 'function' ? happening(record, at) : ({ at, ...happening } as LifecycleEvent);

export const framesOf = (effects: readonly Effect[]): CoordinatorFrame[] =>
  effects.flatMap((effect) => (effect.type === 'send' ? [effect.frame] : []));

/** Types of the frames sent; a kill with its signal. */
export const sends = (effects: readonly Effect[]): string[] =>
  framesOf(effects).map((frame) =>
    frame.type === 'command.kill' ? `${frame.type} ${frame.payload.signal}` : frame.type,
  );

/** What kills' own commands are told. */
export const tells = (effects: readonly Effect[]): KillOutcome[] =>
  effects.flatMap((effect) => (effect.type === 'tell-kill' ? [effect.outcome] : []));

/** Status, code and timeoutStatus in one word, as tests name an outcome: `ERROR exit_nonzero`, `EXECUTING WARNING`. */
export function outcome({ status, code, timeoutStatus }: Command): string {
  const timeout: TimeoutStatus | null = timeoutStatus === 'NORMAL' ? null : timeoutStatus;
  return [status, code, timeout].filter((word) => word !== null).join(' ');
}
