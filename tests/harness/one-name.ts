import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** One name for several coordinators: a proxy that sends each connection to the coordinator whose `GET /readyz` answers 200. */
export type OneName = {
  /** `http://127.0.0.1:PORT`. */
  readonly address: string;
  close(): Promise<void>;
};

const LOOK_WITHIN_MS = 1_000;

export async function startOneName(addresses: readonly string[]): Promise<OneName> {
  const sockets = new Set<Socket>();

  /** The leader's address; null if none answers. */
  async function leader(): Promise<string | null> {
    const answers = addresses.map(async (address) => {
      const { ok } = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(LOOK_WITHIN_MS) });
      if (!ok) throw new Error('it does not lead');
      return address;
    });
    return await Promise.any(answers).catch(() => null);
  }

  async function lead(near: Socket): Promise<void> {
    near.on('error', () => {});
    sockets.add(near);
    near.on('close', () => sockets.delete(near));
    const address = await leader();
    if (address === null || near.destroyed) return void near.destroy();
    const { hostname, port } = new URL(address);
    const far = connect(Number(port), hostname);
    far.on('error', () => {});
    far.on('close', () => near.destroy());
    near.on('close', () => far.destroy());
    near.pipe(far).pipe(near);
  }

  const server = createServer((near) => void lead(near));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
