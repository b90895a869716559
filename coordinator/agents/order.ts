import type { WebSocket } from 'ws';
import type { Read } from '../store/read.ts';
import { isSpent } from './pace.ts';

/** A connection whose frames are handled one after the other, even if a frame's records must be read first. */
export type Ordered = {
  readonly socket: WebSocket;
  /** See pace.ts. */
  spent: number;
  /** Frames behind the one that waits for its records; null if none waits. */
  behind: (() => Read<void>)[] | null;
};

/** At once, unless an earlier frame still waits: then after it, and the socket is not read meanwhile. */
export function inOrder(connection: Ordered, handle: () => Read<void>, failed: (err: unknown) => void): void {
  if (connection.behind) {
    connection.behind.push(handle);
    return;
  }
  try {
    const handled = handle();
    if (!(handled instanceof Promise)) return;
    connection.behind = [];
    connection.socket.pause();
    void handled.catch(failed).then(() => goOn(connection, failed));
  } catch (err) {
    failed(err);
  }
}

function goOn(connection: Ordered, failed: (err: unknown) => void): void {
  const behind = connection.behind ?? [];
  connection.behind = null;
  for (const handle of behind) inOrder(connection, handle, failed);
  if (connection.behind === null && !isSpent(connection.spent)) connection.socket.resume();
}
