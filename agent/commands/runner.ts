import type { RunningCommand } from '../../shared/model/report.ts';
import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import type {
  AgentFrame,
  CommandKill,
  CommandRun,
  ListedCommand,
  OutputChunk,
  Welcome,
} from '../../shared/wire/protocol.ts';
import type { Log } from '../config/log.ts';
import type { ProcessTable } from '../kill/process-table.ts';
import type { Launcher } from '../launch/launcher.ts';
import type { Platform } from '../spool/platform.ts';
import { createSpool } from '../spool/spool.ts';
import type { StateDir } from '../state/state-dir.ts';
import type { StoreMark } from '../state/store-mark.ts';
import { DAY_MS, openTombstones, withoutOutput } from '../state/tombstones.ts';
import { createAcceptance } from './acceptance.ts';
import { createAgentRestarts } from './agent-restarts.ts';
import { createBurials } from './burials.ts';
import { listKept, slotHolder } from './kept-command.ts';
import { createKeptCommands } from './kept-commands.ts';
import { createOutputSender } from './output-sender.ts';
import { takeOver } from './take-over.ts';
import { createWorkQueue } from './work-queue.ts';

export type Runner = {
  /** The frame `command.run`; answered by `command.accepted` or `command.rejected`, a known id by its present state. */
  run(frame: CommandRun): void;
  kill(frame: CommandKill): void;
  ackExit(id: string): void;
  ackOutput(id: string, offset: number): void;
  /** After each welcome: repeats whatever the coordinator may have missed. */
  resume(welcome: Welcome): void;
  /** The connection is gone; anything sent before the next `resume` would be lost. */
  pause(): void;
  /** All commands whose spool is kept, for hello. */
  commands(): Promise<ListedCommand[]>;
  /** The command that holds the slot. */
  running(): RunningCommand | null;
  lastEnded(): string | null;
  /** Stops looking and sending. Commands and kills go on without it, or wait for the next agent. */
  close(): Promise<void>;
};

export type RunnerDeps = {
  state: StateDir;
  platform: Platform;
  launcher: Launcher;
  table: ProcessTable;
  clock: Clock;
  /** The coordinator's wall clock, for `notAfter`. */
  serverNow(): number;
  instanceId: string;
  bootId: string;
  /** The agent's own; commands get the part that `commandEnvironment` passes. */
  environment: Readonly<Record<string, string | undefined>>;
  send(frame: AgentFrame): void;
  sendOutput(chunk: OutputChunk, room: Uint8Array): void;
  mark: Pick<StoreMark, 'latest' | 'kept' | 'goOn'>;
  /** The agent must leave so that the service manager starts the installed one. */
  onRestartDue(id: string): void;
  log: Log;
};

/**
 * Owns the commands of this host.
 * R1  An id in the spool or among the tombstones never runs again.
 * R2  `command.accepted` is sent once the command is on disk; the launch follows.
 * R3  Result and output are on disk before `command.exited`; `lastEnded` is set before both.
 * R4  A folder goes once the coordinator has exit and output (burials.ts).
 * R5  Frames are handled one after another, in order; at most one slot-taking command has no final frame.
 * R6  A command that completes by restart makes one instance leave, once: the one that journaled its exit.
 */
export async function createRunner(deps: RunnerDeps): Promise<Runner> {
  const { state, table, clock, log, send } = deps;
  const spool = createSpool({ dir: state.spoolDir, witnessDir: state.witnessDir });
  const tombstones = await openTombstones({ dir: state.tombstoneDir, clock });
  const output = createOutputSender({ send: deps.sendOutput, clock });
  const restarts = createAgentRestarts({ clock, onDue: deps.onRestartDue });
  const queue = createWorkQueue(log);
  const commands = createKeptCommands({ ...deps, tombstones, output, restarts, queue });
  const { byId } = commands;
  const burials = createBurials({
    commands: byId,
    tombstones,
    output,
    mark: deps.mark,
    send,
    onAcked: restarts.acknowledged,
    log,
  });
  /** Resolves when every `command.run` so far is accepted or refused: they are handled in order, so the last one's answer shows it. */
  let answered: Promise<void> = Promise.resolve();
  let tidying: TimerHandle | null = null;
  const running = (): RunningCommand | null => slotHolder(byId.values());

  const acceptance = createAcceptance({ ...deps, spool, tombstones, commands, running });

  function run(frame: CommandRun): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    answered = promise;
    queue.add(async () => {
      const kept = await acceptance.accept(frame).finally(resolve);
      if (kept) await acceptance.launch(kept);
    });
  }

  async function kill({ id, unstartedOnly = false, ...request }: CommandKill): Promise<void> {
    const kept = byId.get(id);
    const buried = kept ? null : await tombstones.find(id);
    const word = kept ? kept.word : buried && withoutOutput(buried);
    if (word) return send(word);
    if (kept && !unstartedOnly) return kept.live?.kill(request);
    if (kept) return void ((await kept.live?.forbidStart()) && commands.answer(id, null));
    // Not awaited: many tombstones are written together. Code that asks for one waits for it.
    void commands.refuse({ id, code: 'killed_before_start', message: 'it was killed before it reached this host' });
  }

  async function resume({ output: offsets, finished, knownMark }: Welcome): Promise<void> {
    output.resume(new Map(offsets.map(({ id, offset }) => [id, offset])));
    for (const { live, word } of byId.values()) {
      live?.repeat();
      if (word && !finished.includes(word.payload.id)) send(word);
    }
    for (const id of [...byId.keys()]) await burials.release(id, finished.includes(id));
    if (knownMark !== undefined) await burials.retell(knownMark);
  }

  /** At the start, and daily. */
  async function tidy(): Promise<void> {
    tidying = clock.setTimeout(() => queue.add(tidy), DAY_MS);
    await tombstones.prune();
    await burials.retry();
  }

  await takeOver({ ...deps, spool, tombstones, output, commands, stateTag: state.tag });
  queue.add(tidy);
  await queue.done();
  if (!table.readsVariables) log.warn('processes that leave their session cannot be found on this host');

  return {
    run,
    kill: (frame) => queue.add(() => kill(frame)),
    ackExit: (id) => queue.add(() => burials.release(id, true)),
    ackOutput(id, offset) {
      output.ack(id, offset);
      queue.add(() => burials.release(id, false));
    },
    resume: (welcome) => queue.add(() => resume(welcome)),
    pause: output.pause,
    async commands() {
      // A command missing from hello counts as never delivered.
      await answered;
      return Promise.all([...byId.values()].map(listKept));
    },
    running,
    lastEnded: state.lastEnded,
    async close() {
      restarts.close();
      clock.clearTimeout(tidying);
      for (const { live } of byId.values()) live?.close();
      await queue.done();
      await tombstones.written();
      await output.close();
    },
  };
}
