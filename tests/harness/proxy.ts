import { connect as connectTo, createServer, type Socket } from 'node:net';
import { createFrameSplitter, type WireFrame } from './websocket-frames.ts';

/** A frame on its way, and its sender. */
export type PassingFrame = WireFrame & { from: 'agent' | 'coordinator' };

/**
 * The fate of a frame: it passes; passes twice; ends the connection before or after it passed; or nothing passes any more in
 * either direction, not even the end of the connection, like a pulled cable.
 */
export type Fate = 'pass' | 'twice' | 'cut-before' | 'cut-after' | 'stall';

/** A TCP proxy between agents and coordinator, for network faults. */
export type TestProxy = {
  /** `http://127.0.0.1:PORT`, in place of the coordinator's. */
  readonly address: string;
  /** Decides about each frame from now on. */
  onFrame(decide: (frame: PassingFrame) => Fate): void;
  /** Delays everything by this much from now on. */
  delay(ms: number): void;
  /** Holds everything that this side sends from now on; `release` lets it go, in its order. */
  hold(from: PassingFrame['from']): void;
  release(): void;
  /** Ends all connections, and refuses new ones until `up`. */
  down(): void;
  up(): void;
  /** Ends all connections; new ones are let through. */
  cut(): void;
  close(): Promise<void>;
};

export async function startProxy(target: string): Promise<TestProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let decide: (frame: PassingFrame) => Fate = () => 'pass';
  let delayMs = 0;
  let isDown = false;
  let holds: PassingFrame['from'] | null = null;
  const held: (() => void)[] = [];

  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };

  const server = createServer((agent) => {
    if (isDown) return void agent.destroy();
    const coordinator = connectTo(Number(port), hostname);
    /** False once the connection has stalled or must end: nothing passes any more. */
    let flows = true;
    let stalled = false;

    const pipe = (from: PassingFrame['from'], source: Socket, sink: Socket) => {
      const split = createFrameSplitter();
      const pass = (frame: WireFrame) => {
        if (!flows || sink.destroyed) return;
        const fate = decide({ ...frame, from });
        flows = fate === 'pass' || fate === 'twice';
        stalled = fate === 'stall';
        if (flows || fate === 'cut-after') sink.write(frame.bytes);
        if (fate === 'twice') sink.write(frame.bytes);
        if (fate === 'cut-before') sink.destroy();
        // Flush what was written first.
        if (fate === 'cut-after') sink.destroySoon();
      };
      sockets.add(source);
      source.on('data', (piece: Buffer) => {
        for (const frame of split(piece)) {
          if (holds === from) held.push(() => pass(frame));
          else if (delayMs > 0) setTimeout(pass, delayMs, frame);
          else pass(frame);
        }
      });
      source.on('error', () => {});
      source.on('close', () => {
        sockets.delete(source);
        if (!stalled) sink.destroySoon();
      });
    };
    pipe('agent', agent, coordinator);
    pipe('coordinator', coordinator, agent);
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    address: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    onFrame(next) {
      decide = next;
    },
    delay(ms) {
      delayMs = ms;
    },
    hold(from) {
      holds = from;
    },
    release() {
      holds = null;
      for (const pass of held.splice(0)) pass();
    },
    down() {
      isDown = true;
      cut();
    },
    up() {
      isDown = false;
    },
    cut,
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Proxies in front of several coordinators that act alike; the address names them all. */
export function asOne(proxies: readonly TestProxy[]): TestProxy {
  const [only] = proxies;
  if (proxies.length === 1 && only) return only;
  const each = (act: (proxy: TestProxy) => void): void => proxies.forEach(act);
  return {
    address: proxies.map(({ address }) => address).join(','),
    onFrame: (decide) => each((proxy) => proxy.onFrame(decide)),
    delay: (ms) => each((proxy) => proxy.delay(ms)),
    hold: (from) => each((proxy) => proxy.hold(from)),
    release: () => each((proxy) => proxy.release()),
    down: () => each((proxy) => proxy.down()),
    up: () => each((proxy) => proxy.up()),
    cut: () => each((proxy) => proxy.cut()),
    close: async () => void (await Promise.all(proxies.map((proxy) => proxy.close()))),
  };
}
