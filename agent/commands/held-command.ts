import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../shared/clock.ts';
import { createLivedTime } from '../../shared/lived-time.ts';
import type { AgentFrame, CommandRejected } from '../../shared/protocol.ts';
import type { Log } from '../config/log.ts';
import { type KillRequest, openKillJournal } from '../kill/kill-journal.ts';
import { createKiller, type Killer } from '../kill/killer.ts';
import type { ProcessTable } from '../kill/process-table.ts';
import { listTree, type ProcessTree } from '../kill/process-tree.ts';
import type { Launcher, SeenExit } from '../launch/launcher.ts';
import type { ProcessIdentity, SpoolEntry, Started } from '../spool/spool.ts';
import { createEndFinder, writtenAt } from './end-finder.ts';
import type { Ending } from './ending.ts';
import { startLooking } from './look-loop.ts';
import { createProgressTeller } from './progress-teller.ts';

/** The file system reports changes; this catches those that it missed. */
const LOOK_MS = 250;
const SOON_MS = 10;
/** Two looks count as at most this far apart: on a host that was stopped as a whole, nothing ended meanwhile. */
const LONGEST_LOOK_MS = 2_000;
/** A wrapper that has claimed the end needs at most 10 s to end what is left; the coordinator waits as long for news of a kill. */
const FINISH_MS = 15_000;

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

/**
 * Watches one accepted command from its launch, or from the moment that a later agent finds it, to its end.
 * H1  It has ended once `exit` exists, or no process of its tree lives; the mark wins over every other witness.
 * H2  While a kill is under way its end is not reported: the killer looks last.
 * H3  A command is reported lost only if its outcome can't be known: it had started, left no mark, and nobody saw its end.
 */
export function holdCommand(deps: {
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
}): HeldCommand {
  const { entry, adopted, clock, launcher, table } = deps;
  const { id } = entry.spec;
  const acceptedThisBoot = entry.spec.bootId === deps.bootId;
  const journal = openKillJournal({ dir: entry.dir, log: deps.log });
  const lived = createLivedTime({ clock, stepMs: LONGEST_LOOK_MS });
  const progress = createProgressTeller({ entry, clock, send: deps.send });
  let started: Started | null = null;
  let startedAt: number | null = null;
  let seenExit: SeenExit | null = null;
  let killer: Killer | null = null;
  /** Since when a kill has known that all steps had ended before it. */
  let overSince: number | null = null;
  let isOver = false;

  const ends = createEndFinder({
    entry,
    launcher,
    table,
    journal,
    clock,
    exited: deps.exited,
    acceptedThisBoot,
    isThisBoot,
    tree: () => tree([]),
  });

  async function look(): Promise<void> {
    try {
      if (!isOver) await lookOnce();
    } catch (error) {
      deps.log.error({ err: error, command: id }, 'a command could not be looked at');
    }
  }

  async function lookOnce(): Promise<void> {
    lived.now();
    if (!started && !(await findStart())) return;
    await progress.look();
    deps.onOutput();
    const unfinished = journal.current();
    if (unfinished && !killer) startKiller(unfinished);
    if (killer) return;
    const ending = await ends.find({ started, startedAt });
    if (!ending) return;
    await progress.look(true);
    if (!killer && !isOver) finish(() => deps.onEnded(ending));
  }

  /** True once the wrapper has said that it runs. */
  async function findStart(): Promise<boolean> {
    let found = await entry.started();
    if (found === null) {
      if (adopted && !acceptedThisBoot) {
        // Whether it had started is unknown: the wrapper's last words may not have reached the disk.
        finish(() => deps.onEnded(ends.lost()));
        return false;
      }
      if (!adopted && (await mayStillStart())) return false;
      found = (await entry.claim()) ? 'claimed' : await entry.started();
    }
    if (found === 'claimed') reject('not_started', await whyNotStarted());
    if (found === null) {
      // The command removed its own folder: other witnesses may know how it ended.
      const ending = await ends.find({ started, startedAt });
      if (ending && !isOver) finish(() => deps.onEnded(ending));
    }
    if (found === null || found === 'claimed') return false;
    started = found;
    startedAt = writtenAt(found, entry.spec.acceptedAt, clock.now());
    sayStarted();
    return true;
  }

  async function mayStillStart(): Promise<boolean> {
    return deps.exited === null ? (await launcher.witness(entry)) === 'pending' : seenExit === null;
  }

  async function whyNotStarted(): Promise<string> {
    const words = (await readFile(join(entry.dir, 'wrapper.log'), 'utf8').catch(() => '')).trim();
    return words ? `the command could not be started: ${words}` : 'the agent stopped before it could start the command';
  }

  function isThisBoot(): boolean {
    return started?.bootId === deps.bootId;
  }

  async function tree(seen: readonly ProcessIdentity[]): Promise<ProcessTree> {
    // Nothing of an earlier boot lives, whoever has its pids now.
    if (!isThisBoot()) return NOTHING;
    const unit = await launcher.unitMembers(id);
    return listTree(table, { id, tag: entry.spec.tag ?? null, fifo: entry.fifo, started, seen, unit });
  }

  function finish(tell: () => void): void {
    isOver = true;
    close();
    tell();
  }

  function reject(code: CommandRejected['code'], message: string): void {
    if (!isOver) finish(() => deps.onRejected({ id, code, message }));
  }

  function startKiller(request: KillRequest): void {
    const current = createKiller({
      journal,
      request,
      tree,
      phase: entry.phase,
      claimEnd,
      table,
      clock,
      log: deps.log,
      onStage: (word) => deps.send({ type: 'command.killing', payload: { id, ...word } }),
    });
    killer = current;
    void current.ended.then(() => {
      killer = null;
      loop.poke();
    });
  }

  /** The wrapper owns the end that it claimed. A kill may take it over only if the wrapper hangs, or dies without an exit. */
  async function claimEnd(wrapperLives: boolean): Promise<boolean> {
    if (await entry.claimEnd()) return true;
    if (await entry.exitMark()) return false;
    overSince ??= lived.now();
    return !wrapperLives || lived.now() - overSince >= FINISH_MS;
  }

  function sayStarted(): void {
    if (started && startedAt !== null)
      deps.send({ type: 'command.started', payload: { id, pid: started.wrapper.pid, startedAt } });
  }

  function sayKilling(): void {
    const word = killer?.lastWord();
    if (word) deps.send({ type: 'command.killing', payload: { id, ...word } });
  }

  function close(): void {
    loop.close();
    watcher?.close();
    killer?.close();
  }

  const loop = startLooking({ look, everyMs: LOOK_MS, soonMs: SOON_MS, clock });
  const watcher = watchFolder(entry.dir, loop.poke);
  void deps.exited?.then((seen) => {
    seenExit = seen;
    loop.poke();
  });

  async function forbidStart(): Promise<boolean> {
    if (!started && acceptedThisBoot && (await entry.claim())) {
      reject('killed_before_start', 'it was killed before it had started');
      return false;
    }
    return (started !== null || (await findStart())) && !isOver;
  }

  return {
    entry,
    get startedAt() {
      return startedAt;
    },
    get pid() {
      return started?.wrapper.pid ?? null;
    },
    get phase() {
      return progress.phase();
    },
    looked: loop.looked,
    forbidStart,
    async kill(request) {
      if (!(await forbidStart())) return;
      if (killer) sayKilling();
      else startKiller(journal.current() ?? request);
      killer?.strengthen(request);
    },
    repeat() {
      sayStarted();
      progress.repeat();
      sayKilling();
    },
    close() {
      isOver = true;
      close();
    },
  };
}

const NOTHING: ProcessTree = { wrapper: null, readers: [], members: [] };

/** Null if the system has no watches left; regular looks must do then. */
function watchFolder(dir: string, onChange: () => void): ReturnType<typeof watch> | null {
  try {
    return watch(dir, { persistent: false }, onChange).on('error', () => {});
  } catch {
    return null;
  }
}
