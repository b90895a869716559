import { WebSocket } from 'ws';

/** One client of the live feed that counts the bytes that it receives. */
export type FeedWatch = {
  /** Time from the connection to the whole state. */
  readonly wholeAfterMs: number;
  readonly wholeBytes: number;
  /** Bytes received so far, uncompressed. */
  bytes(): number;
  close(): void;
};

/** Connects to the first of these coordinators that accepts it. */
export async function watchFeed(addresses: readonly string[], token: string): Promise<FeedWatch> {
  for (const address of addresses) {
    const watch = await follow(address, token);
    if (watch) return watch;
  }
  throw new Error(`no coordinator at ${addresses} has a live feed`);
}

function follow(address: string, token: string): Promise<FeedWatch | null> {
  const startedAt = Date.now();
  let bytes = 0;
  const socket = new WebSocket(`${address.replace(/^http/, 'ws')}/ws/dashboard`, {
    headers: { authorization: `Bearer ${token}` },
    maxPayload: 0,
  });
  return new Promise((resolve) => {
    socket.on('message', (data: Buffer) => {
      bytes += data.length;
      if (bytes > data.length) return;
      const whole = { wholeAfterMs: Date.now() - startedAt, wholeBytes: data.length };
      resolve({ ...whole, bytes: () => bytes, close: () => socket.close() });
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(null));
  });
}
