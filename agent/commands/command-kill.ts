import type { Clock } from '../../shared/time/clock.ts';
import type { LivedTime } from '../../shared/time/lived-time.ts';
import type { AgentFrame } from '../../shared/wire/protocol.ts';
import type { Log } from '../config/log.ts';
import type { KillJournal, KillRequest } from '../kill/kill-journal.ts';
import type { KillWord } from '../kill/kill-stages.ts';
import { createKiller, type Killer } from '../kill/killer.ts';
import type { ProcessTable } from '../kill/process-table.ts';
import type { ProcessTree } from '../kill/process-tree.ts';
import type { ProcessIdentity, SpoolEntry } from '../spool/spool-entry.ts';

/** A wrapper that has claimed the end needs at most 10 s to end the leftovers. The coordinator waits as long for a frame about a kill. */
const FINISH_MS = 15_000;

/** The kill of one command: at most one is under way, and a stronger request makes it stronger. */
export type CommandKill = {
  isUnderWay(): boolean;
  /** Idempotent: repeating a request answers with the present stage. */
  request(request: KillRequest): void;
  /** Goes on with the kill that an earlier agent began and did not end. */
  resume(): void;
  /** Repeats the last stage. */
  repeat(): void;
  /** Leaves the kill where it is, for the next agent. */
  close(): void;
};

export type CommandKillDeps = {
  entry: SpoolEntry;
  journal: KillJournal;
  tree(seen: readonly ProcessIdentity[]): Promise<ProcessTree>;
  table: ProcessTable;
  clock: Clock;
  lived: LivedTime;
  send(frame: AgentFrame): void;
  /** The kill has ended. Usually the command has too. */
  onEnded(): void;
  log: Log;
};

export function createCommandKill(deps: CommandKillDeps): CommandKill {
  const { entry, journal, tree, table, clock, lived, log } = deps;
  let killer: Killer | null = null;
  /** When a kill first found that all steps had ended before it, in lived time. */
  let overSince: number | null = null;

  const say = (word: KillWord): void => deps.send({ type: 'command.killing', payload: { id: entry.spec.id, ...word } });

  /** The wrapper owns the end that it claimed. A kill may take it over only if the wrapper hangs, or dies without an exit. */
  async function claimEnd(wrapperLives: boolean): Promise<boolean> {
    if (await entry.claimEnd()) return true;
    if (await entry.exitMark()) return false;
    overSince ??= lived.now();
    return !wrapperLives || lived.now() - overSince >= FINISH_MS;
  }

  function start(request: KillRequest): Killer {
    const current = createKiller({
      journal,
      request,
      tree,
      phase: entry.phase,
      claimEnd,
      table,
      clock,
      log,
      onStage: say,
    });
    void current.ended.then(() => {
      killer = null;
      deps.onEnded();
    });
    return current;
  }

  function repeat(): void {
    const word = killer?.lastWord();
    if (word) say(word);
  }

  return {
    isUnderWay: () => killer !== null,
    request(request) {
      if (killer) repeat();
      else killer = start(journal.current() ?? request);
      killer.strengthen(request);
    },
    resume() {
      const unfinished = journal.current();
      if (unfinished && !killer) killer = start(unfinished);
    },
    repeat,
    close: () => killer?.close(),
  };
}
