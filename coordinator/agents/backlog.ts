import type { Clock } from '../../shared/time/clock.ts';

/** A connection whose frames may wait here. */
export type Waiting = {
  /** Frames of it that wait. */
  waiting: number;
};

/**
 * Frames that are read but not handled yet. Frames of a fleet that answers at once take minutes to handle; meanwhile each turn of the
 * event loop reads what has come, so that `ws` answers pings and no host takes this coordinator for silent.
 * B1 Frames are handled in the order in which they came.
 * B2 What waits is bounded: beyond that the connections are read no further until theirs are handled.
 */
export type Backlog<One extends Waiting> = {
  /** Handles a frame now, or later if others wait or this turn has been long. */
  add(one: One, frame: Buffer, isBinary: boolean): void;
  /** The same for the end of a connection. */
  end(one: One): void;
  /** When the oldest waiting frame came, if one of this connection may be among those that wait. Monotonic. */
  since(one: One): number | null;
  /** So much waits that nothing more is to be read from the connections that wait. */
  isFull(): boolean;
  /** Drops the frames that wait, which agents say again, and handles the ends of connections. */
  close(): void;
};

export type BacklogDeps<One> = {
  clock: Pick<Clock, 'monotonic'>;
  /** Runs once at the end of the present turn of the event loop. */
  defer: (run: () => void) => void;
  /** How many hosts are connected. */
  hosts: () => number;
  /** `cameAt`: monotonic. */
  handle: (one: One, frame: Buffer, isBinary: boolean, cameAt: number) => void;
  ended: (one: One) => void;
  /** So much waits that nothing more is to be read from this connection. */
  pause: (one: One) => void;
  /** All that waited of this connection is handled. */
  drained: (one: One) => void;
};

/**
 * How long frames are handled in one turn of the event loop. Their writes take up to three times as long. Much shorter turns would mostly
 * pay for what each turn costs with a whole fleet's deadlines.
 */
const TURN_MS = 100;
/** Frames that wait are held as they came. What a host says of a command without output takes 2 KiB, and its heartbeats 2 KiB a minute. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_BYTES_A_HOST = 4 * 1024;

/** Without a frame it is the end of the connection. */
type Item<One> = { one: One; frame: Buffer | null; isBinary: boolean; at: number };

export function createBacklog<One extends Waiting>(deps: BacklogDeps<One>): Backlog<One> {
  const { clock, defer, handle, ended, pause, drained } = deps;
  const queue: Item<One>[] = [];
  let bytesHeld = 0;
  /** When the handling of this turn began; null if it has not. */
  let begunAt: number | null = null;
  let isClosed = false;

  const isFull = (): boolean => bytesHeld > MOST_BYTES + deps.hosts() * MOST_BYTES_A_HOST;

  const isSpent = (): boolean => {
    if (begunAt === null) {
      begunAt = clock.monotonic();
      defer(endTurn);
    }
    return clock.monotonic() - begunAt >= TURN_MS;
  };

  function endTurn(): void {
    begunAt = null;
    let taken = 0;
    try {
      for (const item of queue) {
        if (isSpent()) break;
        taken += 1;
        take(item);
      }
    } finally {
      queue.splice(0, taken);
    }
  }

  function take({ one, frame, isBinary, at }: Item<One>): void {
    bytesHeld -= frame?.length ?? 0;
    one.waiting -= 1;
    dealWith(one, frame, isBinary, at);
    if (one.waiting === 0) drained(one);
  }

  function dealWith(one: One, frame: Buffer | null, isBinary: boolean, at: number): void {
    if (frame) handle(one, frame, isBinary, at);
    else ended(one);
  }

  function put(one: One, frame: Buffer | null, isBinary: boolean): void {
    const at = clock.monotonic();
    if (queue.length === 0 && !isSpent()) {
      dealWith(one, frame, isBinary, at);
      return;
    }
    queue.push({ one, frame, isBinary, at });
    one.waiting += 1;
    bytesHeld += frame?.length ?? 0;
    if (isFull()) pause(one);
  }

  return {
    add(one, frame, isBinary) {
      if (!isClosed) put(one, frame, isBinary);
    },
    end(one) {
      if (isClosed) ended(one);
      else put(one, null, false);
    },
    since: ({ waiting }) => (waiting > 0 ? (queue[0]?.at ?? null) : null),
    isFull,
    close() {
      isClosed = true;
      for (const { one, frame } of queue.splice(0)) if (!frame) ended(one);
    },
  };
}
