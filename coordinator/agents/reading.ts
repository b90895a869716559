import type { WebSocket } from 'ws';
import { afterASecond, isSpent, mayGoOn } from './pace.ts';

/**
 * A connection that is read at the pace of pace.ts. What its host says faster than that waits in the socket; whether all is read that it
 * said before a moment is known from its answer to a ping of that moment, which comes after it.
 */
export type Reading = {
  readonly socket: WebSocket;
  /** See pace.ts. */
  spent: number;
  /** What was said since then may be unread; null where nothing is. Monotonic times, as the others here. */
  unreadSince: number | null;
  pausedAt: number;
  /** When the ping was sent whose answer is awaited. */
  askedAt: number | null;
};

/** Of the host that the connection belongs to, `spent` is left from the one before. */
export const newReading = (socket: WebSocket, spent: number): Reading => ({
  ...{ socket, spent, unreadSince: null, pausedAt: 0, askedAt: null },
});

const MARK = Buffer.from('read');

/** True where reading stops for now. */
export function spend(reading: Reading, cost: number, now: number): boolean {
  reading.spent += cost;
  if (!isSpent(reading.spent)) return false;
  reading.socket.pause();
  reading.pausedAt = now;
  reading.unreadSince ??= now;
  return true;
}

/** To be called each second. */
export function forgive(reading: Reading, now: number): void {
  reading.spent = afterASecond(reading.spent);
  if (!reading.socket.isPaused || !mayGoOn(reading.spent)) return;
  reading.socket.resume();
  ask(reading, now);
}

function ask(reading: Reading, now: number): void {
  if (reading.askedAt !== null) return;
  reading.askedAt = now;
  reading.socket.ping(MARK);
}

/** A pong has come: all that was said before the ping is read. */
export function answered(reading: Reading, data: Buffer, now: number): void {
  const { askedAt, pausedAt, socket } = reading;
  if (askedAt === null || !data.equals(MARK)) return;
  reading.askedAt = null;
  reading.unreadSince = pausedAt > askedAt || socket.isPaused ? askedAt : null;
  if (reading.unreadSince !== null && !socket.isPaused) ask(reading, now);
}
