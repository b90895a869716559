import type {
  AgentFrame,
  CommandKill,
  CommandRun,
  ListedCommand,
  OutputChunk,
  Welcome,
} from '../shared/wire/protocol.ts';
import type { Behaviour } from './simulated-agent.ts';
import { simulatedEvidence } from './simulated-report.ts';

/**
 * The commands of a simulated agent.
 * M1 A command id is accepted once; a repetition is answered with its state.
 * M2 Its commands stand in its hello until the coordinator has acknowledged the exit.
 */
export type SimulatedCommands = {
  run(given: CommandRun): void;
  kill(given: CommandKill): void;
  /** Sends frames again that the coordinator lacks. */
  resume(welcome: Welcome): void;
  /** Forgets a command whose exit was acknowledged. Returns its op; undefined for an unknown one. */
  release(id: string): string | undefined;
  held(): ListedCommand[];
  /** For a report: the running command, the last one that ended, and when. */
  lately(): { running: ListedCommand | null; afterCommand: string | null; checkedAt: number };
};

export type SimulatedCommandsDeps = {
  /** Tells agents apart. */
  index: number;
  behaviour: Pick<Behaviour, 'runMs' | 'outputBytes' | 'onRun' | 'onStart'>;
  send(frame: AgentFrame): void;
  sendOutput(chunk: OutputChunk): void;
  beat(): void;
};

const PIECE_BYTES = 64 * 1024;

export function createSimulatedCommands(deps: SimulatedCommandsDeps): SimulatedCommands {
  const { index, behaviour, send, sendOutput, beat } = deps;
  const held = new Map<string, ListedCommand>();
  let afterCommand: string | null = null;
  let checkedAt = Date.now();

  function run({ id, op }: CommandRun): void {
    behaviour.onRun();
    const known = held.get(id);
    if (known) {
      repeat(known);
      return;
    }
    send({ type: 'command.accepted', payload: { id } });
    const startedAt = Date.now();
    const command: ListedCommand = { id, op, state: 'running', startedAt, outputBytes: behaviour.outputBytes };
    held.set(id, command);
    behaviour.onStart(index);
    sayStarted(command);
    sayOutput(command, 0);
    if (behaviour.runMs !== null) setTimeout(() => end(command), behaviour.runMs);
  }

  /** Repeats the frames that the coordinator may have missed. */
  function repeat(command: ListedCommand): void {
    send({ type: 'command.accepted', payload: { id: command.id } });
    sayStarted(command);
    if (command.state === 'exited') sayExit(command);
  }

  function sayStarted({ id, startedAt }: ListedCommand): void {
    if (startedAt !== null) send({ type: 'command.started', payload: { id, pid: 1000 + index, startedAt } });
  }

  function sayOutput({ id: commandId, outputBytes }: ListedCommand, from: number): void {
    for (let offset = from; offset < outputBytes; offset += PIECE_BYTES)
      sendOutput({ commandId, offset, bytes: piece(outputBytes - offset) });
  }

  function sayExit({ id, startedAt, outputBytes }: ListedCommand, signal: string | null = null): void {
    const endedAt = Date.now();
    const kill = signal ? { termAt: endedAt, killAt: null } : null;
    const exitCode = signal ? null : 0;
    const ended = { exitCode, signal, lost: false, startedAt, endedAt, kill };
    send({ type: 'command.exited', payload: { id, ...ended, outputBytes, evidence: simulatedEvidence(index) } });
  }

  function end(command: ListedCommand, signal: string | null = null): void {
    if (command.state !== 'running') return;
    command.state = 'exited';
    afterCommand = command.id;
    checkedAt = Date.now();
    sayExit(command, signal);
    beat();
  }

  function kill({ id, signal, unstartedOnly = false }: CommandKill): void {
    const command = held.get(id);
    if (command && unstartedOnly) repeat(command);
    else if (command) end(command, signal);
    else {
      const message = 'it never came here';
      send({ type: 'command.rejected', payload: { id, code: 'killed_before_start', message } });
    }
  }

  /** Frames that the coordinator lacks are sent again. */
  function resume({ output, finished }: Welcome): void {
    for (const id of finished) held.delete(id);
    for (const { id, offset } of output) {
      const command = held.get(id);
      if (command) sayOutput(command, offset);
      if (command?.state === 'exited') sayExit(command);
    }
  }

  return {
    run,
    kill,
    resume,
    release(id) {
      const op = held.get(id)?.op;
      held.delete(id);
      return op;
    },
    held: () => [...held.values()],
    lately: () => ({ running: [...held.values()].find(isRunning) ?? null, afterCommand, checkedAt }),
  };
}

const isRunning = ({ state }: ListedCommand): boolean => state === 'running';

const LINE = Buffer.from('a line of output as a build prints them: /nix/store/00000000000000000000000000000000-x\n');
const PIECE = Buffer.alloc(PIECE_BYTES, LINE);
const piece = (left: number): Buffer => PIECE.subarray(0, Math.min(left, PIECE_BYTES));
