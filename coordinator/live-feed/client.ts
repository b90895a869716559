import type { WebSocket } from 'ws';
import type { FeedFrame } from '../../shared/feed/frames.ts';
import type { Principal } from '../auth/principal.ts';
import type { OutputSubscription } from './output.ts';

/**
 * One client of the live feed.
 * C1 A slow client has no queue of its own: only `version` says what it was sent, and its socket gets the next delta once the
 *    last ones have left.
 * C2 The bytes waiting in its socket are bounded: `FULL_BYTES` and one delta, and a piece of each output that it follows. A whole
 *    state is one message in fragments, each made once the last ones have left; nothing else may come between them.
 * C3 A whole state is compressed if the client accepts that, because a page waits for it. Deltas are small, and many.
 */
export type LiveFeedClient = {
  readonly socket: WebSocket;
  /** The person or program that listens. */
  readonly principal: Principal;
  readonly outputs: Map<string, OutputSubscription>;
  badFrames: number;
  /** Since when it has been silent, on the monotonic clock. */
  heardAt: number;
  /** Owes it a whole state instead of deltas. */
  oweState(): void;
  /** Sends what it lacks, as far as it reads. */
  pump(): void;
  /** Has it been given everything up to this version? */
  isAt(version: number): boolean;
  /** Is it taking a whole state, or the deltas that came meanwhile? */
  catchesUp(): boolean;
  /** Sends something that may be dropped if the client does not read. */
  send(frame: FeedFrame): void;
  sendOutput(frame: FeedFrame): void;
  /** Resolves when there is room for more output, or the client is gone. */
  room(): Promise<void>;
  closed(): void;
};

export type LiveFeedClientDeps = {
  socket: WebSocket;
  principal: Principal;
  now: number;
  /** The version that the client has; null if it has none to continue from. */
  version: number | null;
  /** The delta that follows a version; null if there is none yet. */
  deltaAfter: (version: number) => Buffer | null;
  reaches: (version: number) => boolean;
  /** The whole state as a frame of this type, in pieces, and its version. */
  state: (type: 'init' | 'full_state') => { version: number; pieces: Iterator<string> };
};

/** A socket with more waiting bytes is not being read. */
const FULL_BYTES = 1024 * 1024;
/** Output leaves room for changes. */
const FULL_OF_OUTPUT_BYTES = 256 * 1024;

export function createLiveFeedClient(deps: LiveFeedClientDeps): LiveFeedClient {
  const { socket, principal, deltaAfter, reaches } = deps;
  let { version } = deps;
  let owed: 'init' | 'full_state' | null = version === null ? 'init' : null;
  let catchesUp = owed !== null;
  let waiting: (() => void)[] = [];
  /** The rest of the state that is being sent, its next piece first; null between states. */
  let sending: { next: string; pieces: Iterator<string> } | null = null;
  /** Frames that wait behind the state. */
  let behind: Buffer[] = [];

  const isOpen = () => socket.readyState === socket.OPEN;
  const isFull = () => sending !== null || socket.bufferedAmount > FULL_OF_OUTPUT_BYTES;

  function write(data: Buffer): void {
    if (sending) behind.push(data);
    else socket.send(data, { binary: false, compress: false }, onTaken);
  }

  function sendPiece({ next, pieces }: NonNullable<typeof sending>): void {
    const after = pieces.next();
    sending = after.done ? null : { next: after.value, pieces };
    socket.send(next, { binary: false, compress: true, fin: sending === null }, onTaken);
    if (sending) return;
    const frames = behind;
    behind = [];
    for (const frame of frames) write(frame);
  }

  function onTaken(): void {
    pump();
    if (isOpen() && isFull()) return;
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  }

  function pump(): void {
    while (isOpen() && socket.bufferedAmount <= FULL_BYTES) {
      if (sending) {
        sendPiece(sending);
        continue;
      }
      if (version !== null && !reaches(version)) owed ??= 'full_state';
      if (owed) {
        catchesUp = true;
        const { version: sent, pieces } = deps.state(owed);
        version = sent;
        owed = null;
        sending = { next: pieces.next().value, pieces };
        continue;
      }
      const delta = version === null ? null : deltaAfter(version);
      if (!delta || version === null) {
        catchesUp = false;
        return;
      }
      version += 1;
      write(delta);
    }
  }

  const encode = (frame: FeedFrame): Buffer => Buffer.from(JSON.stringify(frame));

  return {
    socket,
    principal,
    outputs: new Map(),
    badFrames: 0,
    heardAt: deps.now,
    oweState() {
      owed ??= 'full_state';
      pump();
    },
    pump,
    isAt: (current) => version === current && owed === null && sending === null,
    catchesUp: () => catchesUp,
    send(frame) {
      if (isOpen() && socket.bufferedAmount <= FULL_BYTES) write(encode(frame));
    },
    sendOutput(frame) {
      if (isOpen()) write(encode(frame));
    },
    async room() {
      while (isOpen() && isFull()) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    closed: onTaken,
  };
}
