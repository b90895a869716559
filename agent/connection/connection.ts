import { WebSocket } from 'ws';
import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import { decodeCoordinatorFrame, encodeAgentFrame, encodeOutput } from '../../shared/wire/codec.ts';
import type { AgentFrame, CoordinatorFrame, Hello, OutputChunk, Welcome } from '../../shared/wire/protocol.ts';
import type { Log } from '../config/log.ts';
import { attemptConnection } from './attempt.ts';
import { createBackoff } from './backoff.ts';

/**
 * The agent's one connection to the coordinator, retried forever.
 * C1  At most one socket exists; the next is made only once the previous one has closed.
 * C2  Only hello leaves before the welcome. Frames that cannot leave are dropped, and the caller learns it: their owner sends
 *    important ones again after the next welcome, from disk.
 * C3  Memory for a slow peer is bounded; beyond that the connection ends, and C2 holds.
 */

const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

/** One of several coordinators whose handshake takes longer is left for the next. */
const OPENING_MS = 10_000;

/**
 * How long a standby may still report a leader that has died; a takeover takes 15 s. After that the leader lives, and only this host
 * does not reach it.
 */
const TAKEOVER_MS = 30_000;

/** How long a closing handshake may take. */
const CLOSE_WAIT_MS = 1500;

export type Connection = {
  /** False: there is no welcomed connection, and the frame was dropped. */
  send(frame: AgentFrame): boolean;
  /** As `send`. `room`: see `encodeOutput`; it may be used again at once. */
  sendOutput(chunk: OutputChunk, room?: Uint8Array): boolean;
  isWelcomed(): boolean;
  /** Flushes sent frames, then closes; takes at most 1.5 s. */
  close(): Promise<void>;
};

export type ConnectionEvents = {
  /** Makes the hello of each connection. */
  hello(): Promise<Hello>;
  /** `roundTripMs` passed between hello and welcome. */
  welcomed(welcome: Welcome, roundTripMs: number): void;
  /** Any other known frame that came after the welcome. */
  received(frame: CoordinatorFrame): void;
  /** The coordinator's own address refused a connection, or answered that the coordinator is away and that none leads. */
  refused?(): void;
  /** A welcomed connection is gone. */
  lost(): void;
};

export type ConnectionDeps = {
  /** One URL a coordinator, with its path. Each is tried in turn. */
  urls: readonly string[];
  token: string;
  clock: Clock;
  /** Uniform in [0, 1). */
  random(): number;
  log: Log;
  events: ConnectionEvents;
};

export function createConnection(deps: ConnectionDeps): Connection {
  const { clock, log, events, urls } = deps;
  const backoff = createBackoff(deps.random, urls.length);
  /** The coordinator being tried. */
  let place = 0;
  let socket: WebSocket | null = null;
  let welcomed = false;
  /** Since when standbys know of a leader, without a welcome. Monotonic. */
  let ledSince: number | null = null;
  let retry: TimerHandle | null = null;
  let leaving = false;
  let loggedReason = '';

  function open(): void {
    let helloAt = 0;
    const opened = attemptConnection({
      url: new URL(urls[place] ?? ''),
      token: deps.token,
      openingMs: urls.length > 1 ? OPENING_MS : null,
      clock,
      isWelcomed: () => welcomed,
      onOpen() {
        greet().catch((error: unknown) => {
          log.error({ err: error }, 'no hello could be made');
          opened.terminate();
        });
      },
      onMessage(data, isBinary) {
        if (isBinary) log.warn('binary frame dropped: the coordinator sends none');
        else receive(data.toString('utf8'), helloAt);
      },
      onEnd({ code, reason, isAway, hasLeader, isSilent }) {
        socket = null;
        // A coordinator that closed the connection may be back at once; a silent one is away.
        if (!welcomed || isSilent) place = (place + 1) % urls.length;
        if (welcomed) events.lost();
        if (isAway && !isLedElsewhere(hasLeader, code)) events.refused?.();
        welcomed = false;
        if (!leaving) retryAfter(code, reason);
      },
    });
    socket = opened;
    const greet = async () => {
      const payload = await events.hello();
      if (opened.readyState !== WebSocket.OPEN) return;
      helloAt = clock.monotonic();
      opened.send(encodeAgentFrame({ type: 'hello', payload }));
    };
  }

  /** `end`: a close code or an HTTP status. */
  function isLedElsewhere(hasLeader: boolean, end: number): boolean {
    const now = clock.monotonic();
    if (hasLeader) ledSince ??= now;
    // A refused connection answers nothing: it takes no standby's word back.
    else if (end < 1000) ledSince = null;
    return ledSince !== null && now - ledSince >= TAKEOVER_MS;
  }

  function receive(text: string, helloAt: number): void {
    const decoded = decodeCoordinatorFrame(text);
    if (decoded.kind === 'unknown') log.debug({ type: decoded.type }, 'frame of an unknown type ignored');
    else if (decoded.kind === 'bad') log.warn({ detail: decoded.detail }, 'bad frame dropped');
    else if (decoded.frame.type === 'error') log.error(decoded.frame.payload, 'the coordinator reports an error');
    else if (decoded.frame.type === 'welcome') welcome(decoded.frame.payload, clock.monotonic() - helloAt);
    else if (welcomed) events.received(decoded.frame);
    else log.warn({ type: decoded.frame.type }, 'frame before the welcome dropped');
  }

  function welcome(payload: Welcome, roundTripMs: number): void {
    welcomed = true;
    ledSince = null;
    backoff.reset();
    loggedReason = '';
    log.info({ hostId: payload.hostId }, 'connected');
    events.welcomed(payload, roundTripMs);
  }

  function retryAfter(end: number, reason: string): void {
    const { delayMs, hint } = backoff.after(end);
    // A coordinator that is away for a night is one line in the log, not thousands.
    const level = reason === loggedReason ? 'debug' : hint === null ? 'warn' : 'error';
    log[level]({ reason, ...(hint !== null && { hint }), retryInMs: delayMs }, 'not connected');
    loggedReason = reason;
    retry = clock.setTimeout(open, delayMs);
  }

  function write(data: string | Uint8Array): boolean {
    if (!socket || !welcomed || socket.readyState !== WebSocket.OPEN) return false;
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) {
      log.warn({ bufferedBytes: socket.bufferedAmount }, 'the coordinator does not read: connection ended');
      socket.terminate();
      return false;
    }
    socket.send(data);
    return true;
  }

  open();

  return {
    send: (frame) => write(encodeAgentFrame(frame)),
    sendOutput: (chunk, room) => write(encodeOutput(chunk, room)),
    isWelcomed: () => welcomed,
    close() {
      leaving = true;
      clock.clearTimeout(retry);
      return socket ? closeSocket(socket, clock) : Promise.resolve();
    },
  };
}

/** Flushes sent frames. Resolves once the socket has closed. */
function closeSocket(socket: WebSocket, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const limit = clock.setTimeout(() => socket.terminate(), CLOSE_WAIT_MS);
    socket.on('close', () => {
      clock.clearTimeout(limit);
      resolve();
    });
    socket.close(1001, 'the agent is leaving');
  });
}
