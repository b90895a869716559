import type { WebSocket } from 'ws';
import type { Clock } from '../../shared/time/clock.ts';
import { encodeFrame } from '../../shared/wire/codec.ts';
import type { CoordinatorFrame } from '../../shared/wire/protocol.ts';
import { DRIFT_MS } from '../engine/deadlines.ts';
import type { Session } from '../engine/sessions.ts';
import type { Waiting } from './backlog.ts';
import type { Ordered } from './order.ts';
import type { Reading } from './reading.ts';

/** One agent's socket. */
export type Connection = Reading &
  Ordered &
  Waiting & {
    hostId: string;
    /** When a frame came that waits for its records; null if none waits. Monotonic. */
    readSince: number | null;
    session: Session | null;
    badFrames: number;
    /** Frame types that were cut; each is reported once. Null until the first: most of the many connections have none. */
    cutTypes: Set<string> | null;
    /** Slow reading was already reported. */
    toldSlow: boolean;
    /** In the gateway's list of connections whose socket may be paused. */
    isHeldUp: boolean;
    isGone: boolean;
    /** It was closed from this side. Nothing that it said, and that is not handled yet, counts. */
    isEnded: boolean;
    /** The index of its last-heard time in silence.ts. That is lived time, because a stall of this process is not silence of the agent. */
    place: number;
    pinged: boolean;
    /** Answers to its pings that are not written yet. */
    pongs: number;
    /** Wall clock minus monotonic clock at the welcome, when the agent learned the time. */
    clockOffset: number;
  };

/** `busyUntil`: see pace.ts. Its place in silence.ts is set by the caller. */
export const newConnection = (clock: Clock, socket: WebSocket, hostId: string, busyUntil: number): Connection => ({
  socket,
  busyUntil,
  unreadSince: null,
  pausedAt: 0,
  askedAt: null,
  hostId,
  session: null,
  badFrames: 0,
  cutTypes: null,
  toldSlow: false,
  isHeldUp: false,
  isGone: false,
  isEnded: false,
  behind: null,
  readSince: null,
  waiting: 0,
  place: 0,
  pinged: false,
  pongs: 0,
  clockOffset: clock.now() - clock.monotonic(),
});

/** An agent with more unread bytes has stopped reading: its connection ends. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

export function sendFrame(clock: Clock, connection: Connection, frame: CoordinatorFrame): void {
  const { socket } = connection;
  if (socket.readyState !== socket.OPEN) return;
  if (socket.bufferedAmount > MAX_BUFFERED_BYTES) socket.terminate();
  else socket.send(encodeFrame(onLearnedClock(clock, connection, frame)));
}

/** An agent's copy of our clock runs on from its welcome. If our wall clock was set since, `notAfter` is sent in the agent's time. */
function onLearnedClock(clock: Clock, connection: Connection, frame: CoordinatorFrame): CoordinatorFrame {
  const offset = clock.now() - clock.monotonic();
  if (frame.type === 'welcome') connection.clockOffset = offset;
  const drift = offset - connection.clockOffset;
  if (frame.type !== 'command.run' || Math.abs(drift) < DRIFT_MS) return frame;
  return { ...frame, payload: { ...frame.payload, notAfter: frame.payload.notAfter - drift } };
}

/** A connection with more answers that wait to be written is cut. `ws` has the same bound. */
const MAX_PONGS = 60;

/** Answers in place of `ws`, which would hold a function for each connection: 130 bytes more of memory while it is idle. */
export function answerPing(connection: Pick<Connection, 'socket' | 'pongs'>, data: Buffer): void {
  const { socket } = connection;
  if (socket.readyState !== socket.OPEN) return;
  if (connection.pongs >= MAX_PONGS) {
    socket.terminate();
    return;
  }
  connection.pongs += 1;
  socket.pong(data, false, () => {
    connection.pongs -= 1;
  });
}

/** Resumes reading, because the close ends only with the other side's answer. */
export function endConnection(connection: Pick<Connection, 'socket' | 'isEnded'>, code: number, reason: string): void {
  const { socket } = connection;
  connection.isEnded = true;
  socket.close(code, reason);
  socket.resume();
}
