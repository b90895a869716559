import type { WebSocket } from 'ws';
import type { Read } from '../store/read.ts';

/** A connection whose frames are handled one after the other, even if a frame's records must be read first. */
export type Ordered = {
  readonly socket: WebSocket;
  /** Frames behind the one that waits for its records; null if none waits. */
  behind: (() => Read<void>)[] | null;
};

export type OrderDeps<One extends Ordered> = {
  failed: (connection: One, err: unknown) => void;
  /** No frame waits any more: the socket may be read again, unless something else stopped it. */
  goneOn: (connection: One) => void;
};

/** Handles a frame at once, unless an earlier one still waits: then after it, and the socket is not read meanwhile. */
export function createOrder<One extends Ordered>({ failed, goneOn }: OrderDeps<One>) {
  function inOrder(connection: One, handle: () => Read<void>): void {
    if (connection.behind) {
      connection.behind.push(handle);
      return;
    }
    try {
      const handled = handle();
      if (!(handled instanceof Promise)) return;
      connection.behind = [];
      connection.socket.pause();
      void handled.catch((err) => failed(connection, err)).then(() => goOn(connection));
    } catch (err) {
      failed(connection, err);
    }
  }

  function goOn(connection: One): void {
    const behind = connection.behind ?? [];
    connection.behind = null;
    for (const handle of behind) inOrder(connection, handle);
    if (connection.behind === null) goneOn(connection);
  }

  return inOrder;
}
