import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * Many connections over a few sockets, for machines that allow a process fewer open files than there are agents. Each is a stream that
 * `node:http` and `ws` take like a socket. It lacks only the kernel's part of a connection: system calls and buffers.
 */

/** Frame: kind (1 byte), connection (4), length (4), payload. OPEN's payload is the address that the connection says it is from. */
const OPEN = 1;
const DATA = 2;
const END = 3;
const HEAD_BYTES = 9;
const NOTHING = Buffer.alloc(0);

/** One connection of a tunnel. */
class Passage extends Duplex {
  readonly remoteAddress: string;
  readonly #tunnel: Tunnel;
  readonly #id: number;

  constructor(tunnel: Tunnel, id: number, remoteAddress: string) {
    super({ allowHalfOpen: false });
    this.#tunnel = tunnel;
    this.#id = id;
    this.remoteAddress = remoteAddress;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#tunnel.send(DATA, this.#id, chunk);
    done();
  }

  override _final(done: () => void): void {
    this.#tunnel.end(this.#id);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#tunnel.end(this.#id);
    done(error);
  }

  // Methods of a socket that `node:http` and `ws` call.
  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
}

/** One end of a tunnel, over an open socket. */
class Tunnel {
  readonly #socket: Socket;
  readonly #passages = new Map<number, Passage>();
  readonly #opened: (passage: Duplex) => void;
  #rest: Buffer = NOTHING;
  #next = 0;
  /** Written as one piece at the end of the turn: the kernel takes at most 1,024 pieces, or 256 frames, in each turn of the event loop. */
  #unwritten: Buffer[] = [];

  constructor(socket: Socket, opened: (passage: Duplex) => void = () => {}) {
    this.#socket = socket;
    this.#opened = opened;
    socket.setNoDelay(true);
    socket.on('data', (data) => this.#take(data));
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const passage of [...this.#passages.values()]) passage.destroy();
    });
  }

  open(address: string): Duplex {
    this.#next += 1;
    const passage = this.#add(this.#next, address);
    this.send(OPEN, this.#next, Buffer.from(address));
    return passage;
  }

  send(kind: number, id: number, payload: Buffer): void {
    if (this.#socket.destroyed) return;
    if (this.#unwritten.length === 0) setImmediate(() => this.#write());
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    head.writeUInt8(kind, 0);
    head.writeUInt32LE(id, 1);
    head.writeUInt32LE(payload.length, 5);
    this.#unwritten.push(head, payload);
  }

  #write(): void {
    const pieces = this.#unwritten;
    this.#unwritten = [];
    if (!this.#socket.destroyed) this.#socket.write(Buffer.concat(pieces));
  }

  end(id: number): void {
    if (this.#passages.delete(id)) this.send(END, id, NOTHING);
  }

  #add(id: number, address: string): Passage {
    const passage = new Passage(this, id, address);
    passage.on('error', () => {});
    this.#passages.set(id, passage);
    return passage;
  }

  #take(data: Buffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, data]) : data;
    let at = 0;
    while (bytes.length - at >= HEAD_BYTES) {
      const length = bytes.readUInt32LE(at + 5);
      const end = at + HEAD_BYTES + length;
      if (end > bytes.length) break;
      this.#hear(bytes.readUInt8(at), bytes.readUInt32LE(at + 1), bytes.subarray(at + HEAD_BYTES, end));
      at = end;
    }
    this.#rest = bytes.subarray(at);
  }

  #hear(kind: number, id: number, payload: Buffer): void {
    if (kind === OPEN) this.#opened(this.#add(id, payload.toString()));
    const passage = this.#passages.get(id);
    if (kind === DATA) passage?.push(payload);
    else if (kind === END && passage) {
      this.#passages.delete(id);
      // It is destroyed once all that came before is read.
      passage.push(null);
    }
  }
}

/** The far end: `opened` gets each connection as it is made. */
export const acceptTunnel = (socket: Socket, opened: (passage: Duplex) => void): void =>
  void new Tunnel(socket, opened);

/**
 * The near end, to this port of this machine: the connections share `sockets` sockets in turn. Few enough share each that what all of
 * them say at once fits into its buffers, as it would if each had a socket. A socket is made again after it was lost.
 */
export function createTunnelTo(port: number, sockets: number): { open(address: string): Duplex } {
  const tunnels: { socket: Socket; tunnel: Tunnel }[] = [];
  let opened = 0;

  function usable(place: number): Tunnel {
    const known = tunnels[place];
    if (known && !known.socket.destroyed) return known.tunnel;
    const socket = connect({ port, host: '127.0.0.1' });
    const tunnel = new Tunnel(socket);
    tunnels[place] = { socket, tunnel };
    return tunnel;
  }

  return {
    open(address) {
      opened += 1;
      return usable(opened % sockets).open(address);
    },
  };
}
