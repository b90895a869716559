import type { Clock } from '../../shared/time/clock.ts';
import type { AgentFrame, CommandRejected } from '../../shared/wire/protocol.ts';
import type { Log } from '../config/log.ts';
import type { ProcessTable } from '../kill/process-table.ts';
import type { Launcher, SeenExit } from '../launch/launcher.ts';
import type { Platform } from '../spool/platform.ts';
import type { StateDir } from '../state/state-dir.ts';
import type { FinalWord, Tombstones } from '../state/tombstones.ts';
import { type AgentRestarts, isRestartAwaited } from './agent-restarts.ts';
import { attemptWrite, recordEnd } from './command-record.ts';
import type { Ending } from './ending.ts';
import { holdCommand } from './held-command.ts';
import type { Kept } from './kept-command.ts';
import type { OutputSender } from './output-sender.ts';
import type { WorkQueue } from './work-queue.ts';

/** The commands in the spool, from their launch to their final word (runner.ts, R3 and R6). */
export type KeptCommands = {
  byId: Map<string, Kept>;
  /** Watches the command until its end. `exited`: how the wrapper ended, if the launch knows. */
  hold(kept: Kept, adopted: boolean, exited: Promise<SeenExit> | null): void;
  /** Rejects a command that left nothing on disk. */
  refuse(rejection: CommandRejected): Promise<null>;
  /** The folder stays until the coordinator is known to have the rejection; hello lists it until then. */
  endRejected(kept: Kept, rejection: CommandRejected): Promise<void>;
  /** Answers a `command.run` for a known id by its present state. */
  answer(id: string, word: FinalWord | null): null;
};

export type KeptCommandsDeps = {
  state: StateDir;
  platform: Platform;
  launcher: Launcher;
  table: ProcessTable;
  clock: Clock;
  instanceId: string;
  bootId: string;
  tombstones: Pick<Tombstones, 'add'>;
  output: Pick<OutputSender, 'add' | 'poke'>;
  restarts: Pick<AgentRestarts, 'arm'>;
  queue: Pick<WorkQueue, 'add'>;
  send(frame: AgentFrame): void;
  log: Log;
};

export function createKeptCommands(deps: KeptCommandsDeps): KeptCommands {
  const { state, platform, launcher, table, clock, tombstones, output, restarts, queue, log, send } = deps;
  const byId = new Map<string, Kept>();

  function hold(kept: Kept, adopted: boolean, exited: Promise<SeenExit> | null): void {
    const { entry } = kept;
    output.add(entry.spec.id, entry.outputFile);
    kept.live = holdCommand({
      entry,
      adopted,
      exited,
      bootId: deps.bootId,
      launcher,
      table,
      clock,
      log,
      send,
      onOutput: output.poke,
      onEnded: (ending) => queue.add(() => end(kept, ending)),
      onRejected: (rejection) => queue.add(() => endRejected(kept, rejection)),
    });
  }

  async function refuse(rejection: CommandRejected): Promise<null> {
    const word: FinalWord = { type: 'command.rejected', payload: rejection };
    await attemptWrite(log, 'a rejection', () => tombstones.add(rejection.id, word));
    send(word);
    return null;
  }

  async function endRejected(kept: Kept, rejection: CommandRejected): Promise<void> {
    await refuse(rejection);
    kept.live = null;
    kept.word = { type: 'command.rejected', payload: rejection };
  }

  async function end(kept: Kept, ending: Ending): Promise<void> {
    const { entry } = kept;
    const { id } = entry.spec;
    const startedAt = kept.live?.startedAt ?? null;
    const { instanceId } = deps;
    const { result, written } = await recordEnd({ entry, startedAt, ending, instanceId, platform, state, log });
    kept.live = null;
    kept.word = { type: 'command.exited', payload: result };
    send(kept.word);
    output.poke();
    // An exit that is not on disk would make the next instance leave again, and so on forever.
    if (written && isRestartAwaited(entry.spec, platform.name, result)) restarts.arm(id);
  }

  return {
    byId,
    hold,
    refuse,
    endRejected,
    answer(id, word) {
      if (word?.type !== 'command.rejected') send({ type: 'command.accepted', payload: { id } });
      if (word) send(word);
      else byId.get(id)?.live?.repeat();
      return null;
    },
  };
}
