import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that knows nothing of what it carries: the way between a coordinator and its database. */
export type Wire = {
  readonly port: number;
  /** From now on nothing passes, not even the end of a connection, like a pulled cable. */
  stall(): void;
  /** Ends all connections, and refuses new ones. */
  down(): void;
  /** Passes everything again; stalled connections are ended. */
  up(): void;
  /** Makes new connections lead to this port. */
  leadTo(port: number): void;
  close(): Promise<void>;
};

/** `host`: where it listens. */
export async function startWire(port: number, host = '127.0.0.1'): Promise<Wire> {
  let targetPort = port;
  const sockets = new Set<Socket>();
  let state: 'up' | 'stalled' | 'down' = 'up';
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer({ pauseOnConnect: false }, (near) => {
    if (state === 'down') return void near.destroy();
    const far = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => {
        if (state === 'up') to.write(bytes);
      });
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        if (state !== 'stalled') to.destroy();
      });
    }
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stall() {
      state = 'stalled';
    },
    down() {
      state = 'down';
      cut();
    },
    up() {
      if (state === 'stalled') cut();
      state = 'up';
    },
    leadTo(port) {
      targetPort = port;
    },
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
