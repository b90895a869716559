import type { WebSocket } from 'ws';
import { busyAfter, isSpent, mayGoOn } from './pace.ts';

/**
 * A connection read at the pace of pace.ts. Faster frames wait in the socket. A ping shows how far the host was read: its answer
 * comes after everything that the host sent before it.
 */
export type Reading = {
  readonly socket: WebSocket;
  /** See pace.ts. A host's is carried over from its previous connection. */
  busyUntil: number;
  /** Frames since then may be unread; null if all are read. Monotonic, like the other times here. */
  unreadSince: number | null;
  pausedAt: number;
  /** When the unanswered ping was sent. */
  askedAt: number | null;
};

const MARK = Buffer.from('read');

/** True if reading stops for now. */
export function spend(reading: Reading, cost: number, now: number): boolean {
  reading.busyUntil = busyAfter(reading.busyUntil, cost, now);
  if (!isSpent(reading.busyUntil, now)) return false;
  pauseReading(reading, now);
  return true;
}

/** Frames stay in the socket from now on. */
export function pauseReading(reading: Reading, now: number): void {
  reading.socket.pause();
  reading.pausedAt = now;
  reading.unreadSince ??= now;
}

/** Whether nothing is left to read slowly or to ask. */
export const isAllRead = ({ unreadSince, socket }: Reading): boolean => unreadSince === null && !socket.isPaused;

/** Call each second, unless `isAllRead`. */
export function readOn(reading: Reading, now: number): void {
  if (reading.socket.isPaused) {
    if (!mayGoOn(reading.busyUntil, now)) return;
    reading.socket.resume();
  }
  // A frame that waited for its records may have resumed it already.
  if (reading.unreadSince !== null) ask(reading, now);
}

function ask(reading: Reading, now: number): void {
  if (reading.askedAt !== null) return;
  reading.askedAt = now;
  reading.socket.ping(MARK);
}

/** A pong came: everything said before the ping is read. */
export function answered(reading: Reading, data: Buffer, now: number): void {
  const { askedAt, pausedAt, socket } = reading;
  if (askedAt === null || !data.equals(MARK)) return;
  reading.askedAt = null;
  reading.unreadSince = pausedAt > askedAt || socket.isPaused ? askedAt : null;
  if (reading.unreadSince !== null && !socket.isPaused) ask(reading, now);
}
