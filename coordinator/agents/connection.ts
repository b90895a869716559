import type { Clock } from '../../shared/clock.ts';
import { encodeFrame } from '../../shared/codec.ts';
import type { CoordinatorFrame } from '../../shared/protocol.ts';
import { DRIFT_MS } from '../engine/deadlines.ts';
import type { Session } from '../engine/sessions.ts';
import type { Ordered } from './order.ts';
import type { Reading } from './reading.ts';

/** One agent's socket. */
export type Connection = Reading &
  Ordered & {
    hostId: string;
    session: Session | null;
    badFrames: number;
    /** Frame types that were cut: each is reported once. Most connections have none, and there are many connections. */
    cutTypes: Set<string> | null;
    /** Slow reading was reported. */
    toldSlow: boolean;
    /** In lived time: what this process did not hear is no silence of the agent. */
    inboundAt: number;
    pinged: boolean;
    /** Wall clock minus monotonic clock when the agent learned the time, at its welcome. */
    clockOffset: number;
  };

/** Beyond it the agent does not read, and its connection ends. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

export function sendFrame(clock: Clock, connection: Connection, frame: CoordinatorFrame): void {
  const { socket } = connection;
  if (socket.readyState !== socket.OPEN) return;
  if (socket.bufferedAmount > MAX_BUFFERED_BYTES) socket.terminate();
  else socket.send(encodeFrame(onLearnedClock(clock, connection, frame)));
}

/** An agent's copy of our clock runs on from its welcome. If the wall clock was set since, `notAfter` is sent on the agent's clock. */
function onLearnedClock(clock: Clock, connection: Connection, frame: CoordinatorFrame): CoordinatorFrame {
  const offset = clock.now() - clock.monotonic();
  if (frame.type === 'welcome') connection.clockOffset = offset;
  const drift = offset - connection.clockOffset;
  if (frame.type !== 'command.run' || Math.abs(drift) < DRIFT_MS) return frame;
  return { ...frame, payload: { ...frame.payload, notAfter: frame.payload.notAfter - drift } };
}

/** Reads on, because the other side's answer must be read. */
export function endConnection({ socket }: Connection, code: number, reason: string): void {
  socket.close(code, reason);
  socket.resume();
}
