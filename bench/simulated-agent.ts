import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { sampleHello } from '../coordinator/fixtures/fake-agent.ts';
import { decodeCoordinatorFrame, encodeFrame, encodeOutput } from '../shared/wire/codec.ts';
import {
  type AgentFrame,
  type CoordinatorFrame,
  type OutputChunk,
  PING_AFTER_MS,
  SILENCE_MS,
} from '../shared/wire/protocol.ts';
import { createSimulatedCommands } from './simulated-commands.ts';
import { simulatedReport } from './simulated-report.ts';

/**
 * An agent without a host: it says everything that docs/protocol.md requires of one, and runs nothing.
 */
export type SimulatedAgent = {
  /** Resolves at the welcome; rejects with an `Unwelcome` if the coordinator refuses the agent, or the connection ends first. */
  connect(): Promise<void>;
  isConnected(): boolean;
  beat(): void;
  /** Pings after 10 s without a sign of life, and ends the connection, or the attempt, after 30 s; call it each second. */
  keepAlive(): void;
  /** Resolves when the other side has read everything sent so far; rejects if the connection ends first. */
  settled(): Promise<void>;
  /** Resolves when the other side has handled everything that it had read from any agent. */
  handled(): Promise<void>;
  close(): void;
};

/** The settings that agents share: their behaviour, and the coordinator. */
export type Behaviour = {
  /** Time in which this process could hear (ms). A stall of it is not silence of the coordinator, as for the real agent. */
  lived(): number;
  heartbeatMs: number;
  /** How long each command takes; null: none ever ends. */
  runMs: number | null;
  /** Bytes that each command prints; at most what may be unacknowledged on the wire. */
  outputBytes: number;
  onRun(): void;
  /** A run that it had not begun yet. */
  onStart(index: number): void;
  onBeat(): void;
  /** The connection ended. `end`: the close code. */
  onGone(agent: SimulatedAgent, end: number): void;
};

/** `end`: the close code, or the status of the HTTP answer. */
export class Unwelcome extends Error {
  readonly end: number;

  constructor(message: string, end: number) {
    super(message);
    this.end = end;
  }
}

export type SimulatedAgentDeps = {
  /** One URL per coordinator, `ws://` or `wss://` with the path. The agent tries them in turn. */
  urls: readonly string[];
  /** The address that it connects from; any if absent. */
  from?: string | undefined;
  /** Open the connection to each URL, in the order of the URLs. Without them each connection has a socket of its own. */
  tunnels?: readonly { open(address: string): Duplex }[] | undefined;
  token: string;
  /** Tells agents apart. */
  index: number;
  behaviour: Behaviour;
};

export function createSimulatedAgent({
  urls,
  from,
  tunnels,
  token,
  index,
  behaviour,
}: SimulatedAgentDeps): SimulatedAgent {
  const hello = sampleHello({ hostname: `simulated-${index}`, heartbeatIntervalMs: behaviour.heartbeatMs });
  let socket: WebSocket | null = null;
  let seq = 0;
  let inboundAt = 0;
  let pingedAt = 0;
  /** The coordinator being tried. */
  let place = 0;
  const pings: PromiseWithResolvers<void>[] = [];
  /** Awaited acknowledgements of output, by command id. */
  const acks = new Map<string, () => void>();

  const sendOutput = (chunk: OutputChunk): void => socket?.send(encodeOutput(chunk));
  const send = (frame: AgentFrame): void => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(encodeFrame(frame));
  };
  const commands = createSimulatedCommands({ index, behaviour, send, sendOutput, beat });
  const report = () => simulatedReport({ index, ...commands.lately() });

  function greet(): void {
    send({ type: 'hello', payload: { ...hello, report: report(), commands: commands.held() } });
  }

  function beat(): void {
    seq += 1;
    const metrics = {
      cpuPercent: (seq * 7 + index) % 100,
      memoryPercent: 41.5,
      swapPercent: 0,
      load1: ((seq + index) % 40) / 10,
      diskPercent: 63.2,
    };
    send({ type: 'heartbeat', payload: { seq, report: report(), metrics } });
    behaviour.onBeat();
  }

  /** After an op that completes by restart or reboot: the connection ends, and the next process sends its hello. */
  function restartAfter(op: string): void {
    const completion = hello.ops.find(({ id }) => id === op)?.completion;
    if (completion !== 'restart' && completion !== 'reboot') return;
    hello.instanceId = randomUUID();
    hello.startedAt = Date.now();
    if (completion === 'reboot') hello.bootId = randomUUID();
    seq = 0;
    socket?.close();
  }

  function hear(frame: CoordinatorFrame): void {
    if (frame.type === 'command.run') commands.run(frame.payload);
    else if (frame.type === 'command.kill') commands.kill(frame.payload);
    else if (frame.type === 'heartbeat.request') beat();
    else if (frame.type === 'command.output.ack') acks.get(frame.payload.id)?.();
    else if (frame.type === 'command.exited.ack') {
      const op = commands.release(frame.payload.id);
      if (op) restartAfter(op);
    }
  }

  const agent: SimulatedAgent = {
    connect: () =>
      new Promise((resolve, reject) => {
        const tunnel = tunnels?.[place];
        const opened = new WebSocket(urls[place] ?? '', {
          headers: { authorization: `Bearer ${token}` },
          perMessageDeflate: false,
          localAddress: from,
          ...(tunnel && { createConnection: () => tunnel.open(from ?? '127.0.0.1') as Socket }),
          // The real agent has the same limit.
          ...(urls.length > 1 && { handshakeTimeout: 10_000 }),
        });
        socket = opened;
        // Before the welcome nothing counts as a sign of life, as for the real agent.
        inboundAt = behaviour.lived();
        let isWelcome = false;
        const alive = () => {
          if (isWelcome) inboundAt = behaviour.lived();
        };
        let refusal: number | null = null;
        opened.on('unexpected-response', (_request, { statusCode = 0 }) => {
          refusal = statusCode;
          opened.terminate();
        });
        opened.on('open', greet);
        opened.on('message', (data) => {
          const decoded = decodeCoordinatorFrame(String(data));
          if (decoded.kind === 'frame' && decoded.frame.type === 'welcome') {
            isWelcome = true;
            commands.resume(decoded.frame.payload);
            resolve();
          } else if (decoded.kind === 'frame') hear(decoded.frame);
          alive();
        });
        opened.on('ping', alive);
        opened.on('pong', () => {
          alive();
          for (const ping of pings.splice(0)) ping.resolve();
        });
        let fault = '';
        opened.on('error', ({ message }) => {
          fault = message;
        });
        opened.on('close', (code, reason) => {
          for (const ping of pings.splice(0)) ping.reject(new Error('the connection ended'));
          if (isWelcome) return behaviour.onGone(agent, code);
          place = (place + 1) % urls.length;
          reject(new Unwelcome(`closed before its welcome: ${refusal ?? code} ${fault || reason}`, refusal ?? code));
        });
      }),
    isConnected: () => socket?.readyState === WebSocket.OPEN,
    beat,
    keepAlive() {
      const now = behaviour.lived();
      if (!socket || socket.readyState > WebSocket.OPEN) return;
      if (now - inboundAt >= SILENCE_MS) socket.terminate();
      if (!agent.isConnected() || now - Math.max(inboundAt, pingedAt) < PING_AFTER_MS) return;
      pingedAt = now;
      socket.ping();
    },
    async settled() {
      const ping = Promise.withResolvers<void>();
      pings.push(ping);
      socket?.ping();
      await ping.promise;
    },
    // Output of a command that nobody knows is acknowledged at its turn.
    handled: () =>
      new Promise((resolve) => {
        const commandId = randomUUID();
        acks.set(commandId, resolve);
        sendOutput({ commandId, offset: 0, bytes: new Uint8Array(0) });
      }),
    close: () => socket?.terminate(),
  };
  return agent;
}
