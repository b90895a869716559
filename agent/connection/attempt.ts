import { randomFillSync } from 'node:crypto';
import { WebSocket } from 'ws';
import { systemCode } from '../../shared/files/durable-file.ts';
import { errorWords, statusWords } from '../../shared/network/fault-words.ts';
import { roadTo } from '../../shared/network/road.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { LEADER_HEADER, MAX_FRAME_BYTES } from '../../shared/wire/protocol.ts';
import { watchLiveness } from './liveness.ts';

/** Answers of a proxy in front of a coordinator that is away. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504]);

/** How an attempt to connect, or a connection, ended. */
export type AttemptEnd = {
  /** A WebSocket close code, or the HTTP status of a refusal. */
  code: number;
  /** For the log. */
  reason: string;
  /** The coordinator's own address refused the connection, or answered that the coordinator is away. */
  isAway: boolean;
  /** A standby that knows of a leader answered. */
  hasLeader: boolean;
  isSilent: boolean;
};

export type AttemptDeps = {
  url: URL;
  token: string;
  /** How long the handshake may take; null: as long as it takes. */
  openingMs: number | null;
  clock: Clock;
  /** Before the welcome nothing counts as a sign of life: a peer that only answers pings would hold the agent forever. */
  isWelcomed: () => boolean;
  onOpen: () => void;
  onMessage: (data: Buffer, isBinary: boolean) => void;
  onEnd: (end: AttemptEnd) => void;
};

/** A random key, but never zero: `ws` would not copy what it sends under that key, and the output's memory is used again at once. */
function makeMask(key: Buffer): void {
  do randomFillSync(key);
  while (key.readInt32LE() === 0);
}

/** Opens one socket to one coordinator, and ends it once the coordinator is silent. */
export function attemptConnection(deps: AttemptDeps): WebSocket {
  const { url, clock, openingMs } = deps;
  let refusal: number | null = null;
  let reason = '';
  let isAway = false;
  let hasLeader = false;
  let isSilent = false;
  const road = roadTo(url);
  const socket = new WebSocket(url, {
    headers: { authorization: `Bearer ${deps.token}` },
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    generateMask: makeMask,
    ...(openingMs !== null && { handshakeTimeout: openingMs }),
    ...(road.agent && { agent: road.agent }),
  });
  const liveness = watchLiveness({
    clock,
    ping: () => socket.readyState === WebSocket.OPEN && socket.ping(),
    giveUp: () => {
      isSilent = true;
      reason = 'the coordinator is silent';
      socket.terminate();
    },
  });
  const alive = () => {
    if (deps.isWelcomed()) liveness.inbound();
  };

  socket.on('unexpected-response', (_request, { statusCode = 0, headers }) => {
    // A proxy's answer says nothing about the token.
    refusal = road.refusal() === null ? statusCode : null;
    isAway = refusal !== null && AWAY.has(refusal);
    hasLeader = headers[LEADER_HEADER] !== undefined;
    reason = statusWords(statusCode, {
      url,
      road,
      wants: 'upgrade',
      location: headers.location,
      contentType: headers['content-type'],
    });
    socket.terminate();
  });
  socket.on('error', (error) => {
    isAway ||= road.proxy === null && systemCode(error) === 'ECONNREFUSED';
    reason ||= errorWords(error, { url, road });
  });
  socket.on('ping', alive);
  socket.on('pong', alive);
  socket.on('open', deps.onOpen);
  socket.on('message', (data: Buffer, isBinary) => {
    deps.onMessage(data, isBinary);
    alive();
  });
  socket.on('close', (code, text) => {
    liveness.close();
    deps.onEnd({
      code: refusal ?? code,
      reason: reason || text.toString() || `closed with code ${code}`,
      isAway,
      hasLeader,
      isSilent,
    });
  });
  return socket;
}
