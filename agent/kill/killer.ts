import { ACTIVATION_PHASE } from '../../shared/model/report.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { createLivedTime } from '../../shared/time/lived-time.ts';
import type { Log } from '../config/log.ts';
import type { ProcessIdentity } from '../spool/spool-entry.ts';
import type { KillJournal, KillRequest } from './kill-journal.ts';
import { createKillStages, type KillWord } from './kill-stages.ts';
import { lookUntil } from './look-until.ts';
import type { ProcessEntry, ProcessTable } from './process-table.ts';
import type { ProcessTree } from './process-tree.ts';

/** Interval of looks at the tree. */
const LOOK_MS = 100;
/** While SIGKILL is being sent: a forking tree must not get ahead. */
const SWEEP_MS = 20;
/** How long the wrapper has to write the exit once its steps are gone. */
const WRAPPER_MS = 5_000;
/** How long after SIGKILL the kill is reported as failed. */
const CONFIRM_MS = 10_000;
/** Longer than any look takes. A longer interval means that the agent was stopped, and maybe the whole host with it. */
const LONGEST_LOOK_MS = 2_000;

/** `dead`: nothing of the command lives. `over`: it had ended by itself before any signal. */
export type KillEnd = 'dead' | 'failed' | 'over';

export type Killer = {
  /** A stronger request (SIGKILL, force, less grace) changes the kill under way; a weaker one changes nothing. */
  strengthen(request: KillRequest): void;
  /** The last stage that was reached. */
  lastWord(): KillWord | null;
  /** Never rejects; never resolves once closed. */
  readonly ended: Promise<KillEnd>;
  /** Leaves the kill where it is, for the next agent. */
  close(): void;
};

export type KillerDeps = {
  journal: KillJournal;
  request: KillRequest;
  tree(seen: readonly ProcessIdentity[]): Promise<ProcessTree>;
  phase(): Promise<string | null>;
  /** False: the wrapper was first and decides the end. */
  claimEnd(wrapperLives: boolean): Promise<boolean>;
  table: Pick<ProcessTable, 'signal'>;
  clock: Clock;
  onStage(word: KillWord): void;
  log: Log;
};

/**
 * Ends a command's whole tree: SIGTERM, SIGCONT, grace, SIGKILL, confirmation.
 * K1  Each stage is journaled before its signals, so an agent that crashes in between goes on with it.
 * K2  Only processes of a fresh list are signalled, by pid and start time.
 * K3  While the activation phase runs, nothing is signalled unless forced. The wrapper is told first and the phase read after
 *    that, because the wrapper may reach it between a look and a signal.
 * K4  Only one of kill and wrapper can claim the command's end. If all steps had ended before the first signal, the wrapper has
 *    it: the kill then sends none, takes back what a dead agent may have journaled, and the command's own result stands.
 * K5  Wrapper and readers get no SIGKILL while anything else lives, nor before they had time to write the exit.
 */
export function createKiller(deps: KillerDeps): Killer {
  const { table, clock } = deps;
  /** Every wait gives others time to act, and a stopped host has done nothing. */
  const lived = createLivedTime({ clock, stepMs: LONGEST_LOOK_MS });
  const stages = createKillStages(deps);
  const { state } = stages;
  const { promise: ended, resolve: end } = Promise.withResolvers<KillEnd>();
  // A later agent counts the elapsed time by the wall clock, within the bounds of the wait.
  let termSince = since(state.termAt, state.graceMs);
  let killSince = since(state.killAt, CONFIRM_MS);
  let lastMember = lived.now();
  /** A crashed agent may have journaled a stage without sending its signals: they are sent again, once. */
  let isUncertain = state.stage === 'term' || state.stage === 'kill';

  function since(at: number | null, boundMs: number): number {
    const passed = at === null ? 0 : clock.now() - at;
    return lived.now() - Math.max(0, Math.min(passed, boundMs));
  }

  const mustWait = async () => !state.force && (await deps.phase()) === ACTIVATION_PHASE;

  /** Enters a stage and signals the whole tree, listed again once the wrapper begins no further step; or defers after all. */
  async function signalAll(stage: 'term' | 'kill', tree: ProcessTree): Promise<'over' | null> {
    const isFirst = state.termAt === null;
    isUncertain = false;
    await stages.enter(stage);
    // From here on an activation that has not begun never will.
    hint(table, tree.wrapper);
    if (await mustWait()) {
      await stages.defer(tree.members.length);
      return null;
    }
    if (!(await deps.claimEnd(tree.wrapper !== null))) return 'over';
    if (stage === 'kill') killSince = lived.now();
    else if (isFirst) termSince = lived.now();
    const { members } = await deps.tree(state.seen);
    for (const member of members) table.signal(member, stage === 'term' ? 'SIGTERM' : 'SIGKILL');
    for (const member of members) table.signal(member, 'SIGCONT');
    stages.say(stage, members.length);
    return null;
  }

  /** One look: the milliseconds until the next one, or how the kill ended. */
  async function look(): Promise<number | KillEnd> {
    const tree = await deps.tree(state.seen);
    const { wrapper, readers, members } = tree;
    remember(state.seen, members);
    if (members.length > 0) lastMember = lived.now();
    else if (!wrapper && readers.length === 0) return isUncertain && !(await deps.claimEnd(false)) ? 'over' : 'dead';

    if (state.stage === 'kill' && !isUncertain) {
      if (lived.now() - killSince >= CONFIRM_MS) return 'failed';
      sweep(table, tree, lived.now() - lastMember);
      return SWEEP_MS;
    }
    if (await mustWait()) {
      isUncertain = false;
      await stages.defer(members.length);
      return LOOK_MS;
    }
    if (state.signal === 'SIGKILL' || state.stage === 'kill') return (await signalAll('kill', tree)) ?? LOOK_MS;
    if (state.termAt === null || isUncertain) return (await signalAll('term', tree)) ?? LOOK_MS;
    const over = lived.now() - termSince - state.graceMs;
    if (over < 0) return Math.min(LOOK_MS, -over);
    if (members.length > 0 || over >= WRAPPER_MS) return (await signalAll('kill', tree)) ?? LOOK_MS;
    return LOOK_MS;
  }

  async function conclude(outcome: KillEnd): Promise<void> {
    await stages.conclude(outcome === 'over');
    const signalled = state.termAt !== null || state.killAt !== null;
    if (outcome === 'failed' || (outcome === 'dead' && signalled))
      stages.say(outcome, outcome === 'dead' ? 0 : await countIn(deps.tree(state.seen)));
    end(outcome);
  }

  const looking = lookUntil<KillEnd>({
    clock,
    look: () =>
      look().catch((error) => {
        deps.log.error({ err: error }, 'the processes of a command could not be listed');
        return 'failed';
      }),
    onEnd: conclude,
  });
  return {
    strengthen(request) {
      if (request.signal === 'SIGKILL') state.signal = 'SIGKILL';
      state.force ||= request.force;
      state.graceMs = Math.min(state.graceMs, request.graceMs);
      looking.wake();
    },
    lastWord: stages.lastWord,
    ended,
    close: looking.close,
  };
}

function remember(seen: ProcessIdentity[], members: readonly ProcessEntry[]): void {
  const known = new Set(seen.map(({ pid, start }) => `${pid} ${start}`));
  for (const { pid, start } of members) if (!known.has(`${pid} ${start}`)) seen.push({ pid, start });
}

type Signals = Pick<ProcessTable, 'signal'>;

/** To the wrapper SIGTERM is only a note. A stopped wrapper could not write the exit. */
function hint(table: Signals, wrapper: ProcessEntry | null): void {
  if (!wrapper) return;
  table.signal(wrapper, 'SIGTERM');
  table.signal(wrapper, 'SIGCONT');
}

/** `emptyMs`: how long nothing but wrapper and readers has lived. */
function sweep(table: Signals, { wrapper, readers, members }: ProcessTree, emptyMs: number): void {
  for (const member of members) table.signal(member, 'SIGKILL');
  if (emptyMs < WRAPPER_MS) return;
  for (const rest of wrapper ? [wrapper, ...readers] : readers) table.signal(rest, 'SIGKILL');
}

/** 0 if they can't be listed. */
const countIn = (tree: Promise<ProcessTree>): Promise<number> =>
  tree.then(
    ({ members }) => members.length,
    () => 0,
  );
