import { WebSocket } from 'ws';

/** One client of the live feed that counts the bytes that it receives. */
export type FeedWatch = {
  /** Time from the connection to the whole state. */
  readonly wholeAfterMs: number;
  readonly wholeBytes: number;
  /** Bytes received so far, uncompressed. */
  bytes(): number;
  /** How often the whole state came, more than once if the client was too far behind. */
  wholes(): number;
  /** Resolves once the client has all that came meanwhile too: the coordinator says so within 15 s. */
  readonly upToDate: Promise<void>;
  close(): void;
};

const WHOLE_AGAIN = Buffer.from('{"type":"full_state"');
const SYNC = Buffer.from('{"type":"sync"');
const beginsWith = (data: Buffer, text: Buffer): boolean => data.subarray(0, text.length).equals(text);

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
  let wholes = 1;
  const upToDate = Promise.withResolvers<void>();
  upToDate.promise.catch(() => {});
  const socket = new WebSocket(`${address.replace(/^http/, 'ws')}/ws/dashboard`, {
    headers: { authorization: `Bearer ${token}` },
    maxPayload: 0,
  });
  return new Promise((resolve) => {
    socket.on('message', (data: Buffer) => {
      bytes += data.length;
      if (beginsWith(data, WHOLE_AGAIN)) wholes += 1;
      if (beginsWith(data, SYNC)) upToDate.resolve();
      if (bytes > data.length) return;
      const whole = { wholeAfterMs: Date.now() - startedAt, wholeBytes: data.length };
      resolve({
        ...whole,
        bytes: () => bytes,
        wholes: () => wholes,
        upToDate: upToDate.promise,
        close: () => socket.close(),
      });
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      resolve(null);
      upToDate.reject(new Error('the live feed ended'));
    });
  });
}
