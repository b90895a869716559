import type { Clock } from '../time/clock.ts';

type Socket = { once(event: 'close', listener: () => void): unknown; terminate(): void };

/** Ends these WebSockets with `end`, and resolves once all are closed. Cuts those whose peer has not answered after `waitMs`. */
export async function endSockets<One extends Socket>(
  clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>,
  sockets: readonly One[],
  waitMs: number,
  end: (socket: One) => void,
): Promise<void> {
  const gone = sockets.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
  for (const socket of sockets) end(socket);
  const cut = clock.setTimeout(() => {
    for (const socket of sockets) socket.terminate();
  }, waitMs);
  await Promise.all(gone);
  clock.clearTimeout(cut);
}
