import { watch } from 'node:fs';
import type { Clock } from '../../shared/time/clock.ts';
import { createLivedTime } from '../../shared/time/lived-time.ts';
import type { AgentFrame, CommandRejected } from '../../shared/wire/protocol.ts';
import type { Log } from '../config/log.ts';
import { type KillRequest, openKillJournal } from '../kill/kill-journal.ts';
import type { ProcessTable } from '../kill/process-table.ts';
import { listTree, type ProcessTree } from '../kill/process-tree.ts';
import type { Launcher, SeenExit } from '../launch/launcher.ts';
import type { ProcessIdentity, SpoolEntry, Started } from '../spool/spool-entry.ts';
import { createCommandKill } from './command-kill.ts';
import { createCommandStart } from './command-start.ts';
import { createEndFinder } from './end-finder.ts';
import type { Ending } from './ending.ts';
import { type LookLoop, startLooking } from './look-loop.ts';
import { createProgressTeller } from './progress-teller.ts';

/** The file system reports changes; this catches those that it missed. */
const LOOK_MS = 250;
const SOON_MS = 10;
/** Two looks count as at most this far apart: on a host that was stopped as a whole, nothing ended meanwhile. */
const LONGEST_LOOK_MS = 2_000;

export type HeldCommand = {
  readonly entry: SpoolEntry;
  readonly startedAt: number | null;
  readonly pid: number | null;
  readonly phase: string | null;
  /** Resolves after the first look; a command that has ended was reported by then. */
  readonly looked: Promise<void>;
  /** Idempotent: repeating a kill answers with its present stage. Only for a command that has not ended. */
  kill(request: KillRequest): Promise<void>;
  /** Rejects it if it has not started; otherwise it goes on. Resolves to whether it goes on. */
  forbidStart(): Promise<boolean>;
  /** Repeats everything that a coordinator may have missed, except the end. */
  repeat(): void;
  close(): void;
};

export type HoldDeps = {
  entry: SpoolEntry;
  /** It was found in the spool, not launched by this agent. */
  adopted: boolean;
  /** How the wrapper ended, if the launch knows; never rejects. */
  exited: Promise<SeenExit> | null;
  bootId: string;
  launcher: Launcher;
  table: ProcessTable;
  clock: Clock;
  log: Log;
  send(frame: AgentFrame): void;
  /** The output may have grown. */
  onOutput(): void;
  /** Called once, and `onRejected` never after it. */
  onEnded(ending: Ending): void;
  /** It provably never ran and never will. Called once, and `onEnded` never after it. */
  onRejected(rejection: CommandRejected): void;
};

/**
 * Watches one accepted command from its launch, or from the moment that a later agent finds it, to its end.
 * H1  It has ended once `exit` exists, or no process of its tree lives; the mark wins over every other witness.
 * H2  While a kill is under way its end is not reported: the killer looks last.
 * H3  A command is reported lost only if its outcome can't be known: it had started, left no mark, and nobody saw its end.
 */
export function holdCommand(deps: HoldDeps): HeldCommand {
  const { entry, clock } = deps;
  const { id } = entry.spec;
  const acceptedThisBoot = entry.spec.bootId === deps.bootId;
  const journal = openKillJournal({ dir: entry.dir, log: deps.log });
  const lived = createLivedTime({ clock, stepMs: LONGEST_LOOK_MS });
  const progress = createProgressTeller({ entry, clock, send: deps.send });
  const start = createCommandStart({ ...deps, acceptedThisBoot, onExit: () => loop.poke() });
  const { isThisBoot } = start;
  let isOver = false;

  /** No process of an earlier boot is alive, although other processes may have its pids now. */
  const tree = async (seen: readonly ProcessIdentity[]): Promise<ProcessTree> =>
    isThisBoot() ? await treeOf(deps, start.started(), seen) : NOTHING;
  const ends = createEndFinder({ ...deps, journal, acceptedThisBoot, isThisBoot, tree: () => tree([]) });
  const kill = createCommandKill({ ...deps, journal, tree, lived, onEnded: () => loop.poke() });

  const findEnd = () => ends.find({ started: start.started(), startedAt: start.startedAt() });

  async function look(): Promise<void> {
    if (isOver) return;
    lived.now();
    if (!start.started() && !(await lookForStart())) return;
    await progress.look();
    deps.onOutput();
    kill.resume();
    if (kill.isUnderWay()) return;
    const ending = await findEnd();
    if (!ending) return;
    await progress.look(true);
    if (!kill.isUnderWay() && !isOver) finish(() => deps.onEnded(ending));
  }

  /** True once the wrapper has said that it runs. */
  async function lookForStart(): Promise<boolean> {
    const found = await start.look();
    if (found.kind === 'not_started') reject('not_started', found.why);
    if (found.kind === 'unknown') finish(() => deps.onEnded(ends.lost()));
    if (found.kind === 'gone') {
      // Other witnesses may know how it ended.
      const ending = await findEnd();
      if (ending && !isOver) finish(() => deps.onEnded(ending));
    }
    return found.kind === 'started';
  }

  function finish(tell: () => void): void {
    isOver = true;
    close();
    tell();
  }

  function reject(code: CommandRejected['code'], message: string): void {
    if (!isOver) finish(() => deps.onRejected({ id, code, message }));
  }

  function close(): void {
    loop.close();
    kill.close();
  }

  const loop = lookAtChanges(entry.dir, clock, () =>
    look().catch((error) => deps.log.error({ err: error, command: id }, 'a command could not be looked at')),
  );

  async function forbidStart(): Promise<boolean> {
    if (!start.started() && acceptedThisBoot && (await entry.claim())) {
      reject('killed_before_start', 'it was killed before it had started');
      return false;
    }
    return (start.started() !== null || (await lookForStart())) && !isOver;
  }

  return {
    entry,
    get startedAt() {
      return start.startedAt();
    },
    get pid() {
      return start.started()?.wrapper.pid ?? null;
    },
    get phase() {
      return progress.phase();
    },
    looked: loop.looked,
    forbidStart,
    async kill(request) {
      if (await forbidStart()) kill.request(request);
    },
    repeat() {
      start.repeat();
      progress.repeat();
      kill.repeat();
    },
    close() {
      isOver = true;
      close();
    },
  };
}

async function treeOf(
  { entry, launcher, table }: Pick<HoldDeps, 'entry' | 'launcher' | 'table'>,
  started: Started | null,
  seen: readonly ProcessIdentity[],
): Promise<ProcessTree> {
  const { spec, fifo } = entry;
  const unit = await launcher.unitMembers(spec.id);
  return listTree(table, { id: spec.id, tag: spec.tag ?? null, fifo, started, seen, unit });
}

const NOTHING: ProcessTree = { wrapper: null, readers: [], members: [] };

/** Looks when the folder changes, and regularly. */
function lookAtChanges(dir: string, clock: Clock, look: () => Promise<void>): LookLoop {
  const loop = startLooking({ look, everyMs: LOOK_MS, soonMs: SOON_MS, clock });
  const watcher = watchFolder(dir, loop.poke);
  return {
    ...loop,
    close() {
      loop.close();
      watcher?.close();
    },
  };
}

/** Null if the system has no watches left; regular looks must do then. */
function watchFolder(dir: string, onChange: () => void): ReturnType<typeof watch> | null {
  try {
    return watch(dir, { persistent: false }, onChange).on('error', () => {});
  } catch {
    return null;
  }
}
