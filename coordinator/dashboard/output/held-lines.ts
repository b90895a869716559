import { type Chunk, type Line, linesOf, rangeOf } from './output-lines.ts';

/** One output as far as it is known. Its parts change in place. */
export type KnownOutput = {
  chunks: Chunk[];
  bytes: number;
  lines: number;
  /** The last chunk as bytes, which start as in `rangeOf`; null while unknown. */
  tail: Uint8Array | null;
};

/** The chunks that are held as lines (output-source.ts, S1 to S4). */
export type HeldLines = {
  hold(start: number, found: Line[]): void;
  /** Undefined if the chunk is not held. */
  heldIn(chunk: Chunk): Line[] | undefined;
  /** Fetches the chunk unless it is held; null if it can't be read. */
  linesIn(chunk: Chunk): Promise<Line[] | null>;
  isUnread(chunk: Chunk): boolean;
  /** Whether the chunk could not be read in the present attempt. */
  wasTried(chunk: Chunk): boolean;
  /** Begins a new attempt: unread chunks may be fetched once more. */
  retry(): void;
  forget(chunk: Chunk): void;
  /** Forgets all lines, and the answers that are under way. */
  clear(): void;
};

const HELD = 48;

export function createHeldLines(
  known: KnownOutput,
  /** Null if the bytes can't be read. */
  read: (offset: number, limit: number) => Promise<Uint8Array | null>,
  onChange: () => void,
): HeldLines {
  const held = new Map<number, Line[]>();
  const fetching = new Map<number, Promise<Line[] | null>>();
  let attempt = 0;
  /** The attempt at which a chunk could not be read, by its start. */
  const unread = new Map<number, number>();

  function hold(start: number, found: Line[]): void {
    held.delete(start);
    held.set(start, found);
    for (const oldest of held.keys()) {
      if (held.size <= HELD) break;
      held.delete(oldest);
    }
  }

  async function fetchChunk(chunk: Chunk): Promise<Line[] | null> {
    const { end } = chunk;
    const { offset, limit } = rangeOf(chunk);
    const begun = attempt;
    const got = await read(offset, limit);
    fetching.delete(chunk.start);
    if (!got) {
      unread.set(chunk.start, begun);
      onChange();
      return null;
    }
    unread.delete(chunk.start);
    const found = linesOf(chunk, got, offset + limit >= known.bytes);
    // A chunk that grew or was replaced meanwhile is newer than this answer.
    if (!known.chunks.includes(chunk) || chunk.end !== end) return found;
    if (chunk === known.chunks.at(-1)) known.tail = got.subarray(0, end - offset);
    hold(chunk.start, found);
    onChange();
    return found;
  }

  function heldIn(chunk: Chunk): Line[] | undefined {
    const { tail, chunks } = known;
    if (!held.has(chunk.start) && tail && chunk === chunks.at(-1)) hold(chunk.start, linesOf(chunk, tail, true));
    return held.get(chunk.start);
  }

  return {
    hold,
    heldIn,
    linesIn(chunk) {
      const lines = heldIn(chunk);
      if (lines) return Promise.resolve(lines);
      const under = fetching.get(chunk.start) ?? fetchChunk(chunk);
      fetching.set(chunk.start, under);
      return under;
    },
    isUnread: ({ start }) => unread.has(start),
    wasTried: ({ start }) => unread.get(start) === attempt,
    retry() {
      attempt += 1;
    },
    forget: ({ start }) => void held.delete(start),
    clear() {
      held.clear();
      fetching.clear();
    },
  };
}
