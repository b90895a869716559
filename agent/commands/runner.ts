import type { Clock, TimerHandle } from '../../shared/clock.ts';
import type {
  AgentFrame,
  CommandKill,
  CommandRejected,
  CommandRun,
  ListedCommand,
  OutputChunk,
  Welcome,
} from '../../shared/protocol.ts';
import type { RunningCommand } from '../../shared/report.ts';
import { commandEnvironment } from '../config/command-environment.ts';
import type { Log } from '../config/log.ts';
import { endOrphans } from '../kill/orphans.ts';
import type { ProcessTable } from '../kill/process-table.ts';
import type { Launcher, SeenExit } from '../launch/launcher.ts';
import type { Platform } from '../spool/platform.ts';
import { createSpool } from '../spool/spool.ts';
import type { SpoolEntry } from '../spool/spool-entry.ts';
import type { StateDir } from '../state/state-dir.ts';
import type { StoreMark } from '../state/store-mark.ts';
import { DAY_MS, type FinalWord, openTombstones, withoutOutput } from '../state/tombstones.ts';
import { admit } from './admission.ts';
import { createAgentRestarts, isRestartAwaited } from './agent-restarts.ts';
import { createBurials } from './burials.ts';
import { attemptWrite, recordEnd } from './command-record.ts';
import type { Ending } from './ending.ts';
import { holdCommand } from './held-command.ts';
import { type Kept, listKept, slotHolder } from './kept-command.ts';
import { createOutputSender } from './output-sender.ts';

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

/**
 * Owns the commands of this host.
 * R1  An id in the spool or among the tombstones never runs again.
 * R2  `command.accepted` is sent once the command is on disk; the launch follows.
 * R3  Result and output are on disk before `command.exited`; `lastEnded` is set before both.
 * R4  A folder goes once the coordinator has exit and output (burials.ts).
 * R5  Frames are handled one after another, in order; at most one slot-taking command has no final frame.
 * R6  A command that completes by restart makes one instance leave, once: the one that journaled its exit.
 */
export async function createRunner(deps: {
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
}): Promise<Runner> {
  const { state, platform, launcher, table, clock, log, send } = deps;
  const spool = createSpool({ dir: state.spoolDir, witnessDir: state.witnessDir });
  const tombstones = await openTombstones({ dir: state.tombstoneDir, clock });
  const output = createOutputSender({ send: deps.sendOutput, clock });
  const commands = new Map<string, Kept>();
  const restarts = createAgentRestarts({ clock, onDue: deps.onRestartDue });
  const burials = createBurials({
    commands,
    tombstones,
    output,
    mark: deps.mark,
    send,
    onAcked: restarts.acknowledged,
    log,
  });
  let queue: Promise<void> = Promise.resolve();
  /** Resolves when every `command.run` so far is accepted or refused: they are handled in order, so the last one's answer shows it. */
  let answered: Promise<void> = Promise.resolve();
  let tidying: TimerHandle | null = null;
  const running = (): RunningCommand | null => slotHolder(commands.values());

  const enqueue = (work: () => Promise<void>) => {
    queue = queue.then(work).catch((error) => log.error({ err: error }, 'a frame could not be handled'));
  };

  function run(frame: CommandRun): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    answered = promise;
    enqueue(async () => {
      const kept = await accept(frame).finally(resolve);
      if (kept) await launch(kept);
    });
  }

  async function accept(frame: CommandRun): Promise<Kept | null> {
    const { id } = frame;
    const known = commands.get(id);
    if (known) return answer(id, known.word);
    const word = await tombstones.find(id);
    if (word) return answer(id, withoutOutput(word));

    const admitted = await admit({ ...deps, spool, running }, frame);
    if ('code' in admitted) return refuse(admitted);
    const kept: Kept = { entry: admitted, live: null, word: null };
    commands.set(id, kept);
    send({ type: 'command.accepted', payload: { id } });
    return kept;
  }

  async function launch(kept: Kept): Promise<void> {
    const { entry } = kept;
    const { commandId: id, evidenceDir } = entry.context;
    const own = { id, stateTag: state.tag, evidenceDir };
    const launched = await launcher.start(entry, commandEnvironment(deps.environment, own));
    if (launched.kind === 'launched') return hold(kept, false, launched.exited);
    await endRejected(kept, { id, code: 'not_started', message: launched.reason });
  }

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
      onEnded: (ending) => enqueue(() => end(kept, ending)),
      onRejected: (rejection) => enqueue(() => endRejected(kept, rejection)),
    });
  }

  /** Rejects a command that left nothing on disk. */
  async function refuse(rejection: CommandRejected): Promise<null> {
    const word: FinalWord = { type: 'command.rejected', payload: rejection };
    await attemptWrite(log, 'a rejection', () => tombstones.add(rejection.id, word));
    send(word);
    return null;
  }

  /** The folder stays until the coordinator is known to have the rejection; hello lists it until then. */
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

  function answer(id: string, word: FinalWord | null): null {
    if (word?.type !== 'command.rejected') send({ type: 'command.accepted', payload: { id } });
    if (word) send(word);
    else commands.get(id)?.live?.repeat();
    return null;
  }

  async function kill({ id, unstartedOnly = false, ...request }: CommandKill): Promise<void> {
    const kept = commands.get(id);
    const buried = kept ? null : await tombstones.find(id);
    const word = kept ? kept.word : buried && withoutOutput(buried);
    if (word) return send(word);
    if (kept && !unstartedOnly) return kept.live?.kill(request);
    if (kept) return void ((await kept.live?.forbidStart()) && answer(id, null));
    // Not awaited: many tombstones are written together. Code that asks for one waits for it.
    void refuse({ id, code: 'killed_before_start', message: 'it was killed before it reached this host' });
  }

  async function resume({ output: offsets, finished, knownMark }: Welcome): Promise<void> {
    output.resume(new Map(offsets.map(({ id, offset }) => [id, offset])));
    for (const { live, word } of commands.values()) {
      live?.repeat();
      if (word && !finished.includes(word.payload.id)) send(word);
    }
    for (const id of [...commands.keys()]) await burials.release(id, finished.includes(id));
    if (knownMark !== undefined) await burials.retell(knownMark);
  }

  /** At the start, and daily. */
  async function tidy(): Promise<void> {
    tidying = clock.setTimeout(() => enqueue(tidy), DAY_MS);
    await tombstones.prune();
    await burials.retry();
  }

  async function takeOver(entry: SpoolEntry): Promise<void> {
    const { id } = entry.spec;
    const buried = await tombstones.find(id);
    if (buried?.type === 'command.exited') return entry.remove();
    const result = await entry.result();
    const word: FinalWord | null = buried ?? (result && { type: 'command.exited', payload: result });
    const kept: Kept = { entry, live: null, word };
    commands.set(id, kept);
    if (word) output.add(id, entry.outputFile);
    else hold(kept, true, null);
  }

  const found = await spool.scan();
  for (const entry of found.sort((a, b) => a.spec.acceptedAt - b.spec.acceptedAt)) await takeOver(entry);
  const known = new Set(commands.keys());
  const strays = await launcher.endStrays(known);
  const orphans = await endOrphans({ table, clock, stateTag: state.tag, known });
  if (strays + orphans > 0)
    log.warn({ units: strays, processes: orphans }, 'ended processes that belonged to no command');
  // Hello must name only running commands as running.
  await Promise.all([...commands.values()].map(({ live }) => live?.looked));
  enqueue(tidy);
  await queue;
  if (!table.readsVariables) log.warn('processes that leave their session cannot be found on this host');

  return {
    run,
    kill: (frame) => enqueue(() => kill(frame)),
    ackExit: (id) => enqueue(() => burials.release(id, true)),
    ackOutput(id, offset) {
      output.ack(id, offset);
      enqueue(() => burials.release(id, false));
    },
    resume: (welcome) => enqueue(() => resume(welcome)),
    pause: output.pause,
    async commands() {
      // A command missing from hello counts as never delivered.
      await answered;
      return Promise.all([...commands.values()].map(listKept));
    },
    running,
    lastEnded: state.lastEnded,
    async close() {
      restarts.close();
      clock.clearTimeout(tidying);
      for (const { live } of commands.values()) live?.close();
      await queue;
      await tombstones.written();
      await output.close();
    },
  };
}
