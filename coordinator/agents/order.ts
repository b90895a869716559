import type { WebSocket } from 'ws';
import type { Read } from '../store/read.ts';
import { isSpent } from './pace.ts';

/** A connection whose frames are dealt with one after the other, though the records that one names may have to be read first. */
export type Ordered = {
  readonly socket: WebSocket;
  /** See pace.ts. */
  spent: number;
  /** What waits for the frame that waits for its records; null where none does. */
  behind: (() => Read<void>)[] | null;
};

/** At once, unless a frame before it still waits: then after that one, and no more is read of the socket meanwhile. */
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
