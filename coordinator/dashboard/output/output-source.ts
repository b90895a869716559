import type { OutputIndex } from '../app/api.ts';
import {
  type Chunk,
  chunkOfLine,
  chunkOfOffset,
  chunksFrom,
  LINE_BYTES,
  type Line,
  linesOf,
  rangeOf,
} from './output-lines.ts';

/**
 * The lines of one output, of which only what is looked at is fetched and held.
 *
 * S1 `line` answers at once: what is not held is fetched, and `onChange` says when it is there.
 * S2 The last chunk is held as bytes, so that what is followed grows without fetching it anew. It is cut into lines only when
 *    it is looked at: many pieces may come between two looks.
 * S3 At most `HELD` chunks are held as lines.
 */
export type OutputSource = {
  bytes(): number;
  lines(): number;
  line(number: number): Line | undefined;
  /** The line that holds the byte at `offset`. */
  lineAt(offset: number): Promise<number>;
  /** Asks how much there is; what is held stays. */
  load(): Promise<void>;
  /** Takes in what came over the feed; false where it does not fit, and `load` has to be asked. `onChange` is not called. */
  append(piece: { offset: number; data: string; next: number }): boolean;
};

export type OutputSourceDeps = {
  index: () => Promise<OutputIndex | null>;
  read: (offset: number, limit: number) => Promise<Uint8Array>;
  onChange: () => void;
};

const HELD = 48;
const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 10;
const encoder = new TextEncoder();

export function createOutputSource({ index, read, onChange }: OutputSourceDeps): OutputSource {
  let chunks: Chunk[] = [];
  let bytes = 0;
  let lines = 0;
  /** Of the last chunk, as `rangeOf` has it; null while it is not known. */
  let tail: Uint8Array | null = null;
  const held = new Map<number, Line[]>();
  const fetching = new Map<number, Promise<Line[]>>();

  function hold(start: number, found: Line[]): void {
    held.delete(start);
    held.set(start, found);
    for (const oldest of held.keys()) {
      if (held.size <= HELD) break;
      held.delete(oldest);
    }
  }

  async function fetchChunk(chunk: Chunk): Promise<Line[]> {
    const { end } = chunk;
    const { offset, limit } = rangeOf(chunk);
    const got = await read(offset, limit);
    const found = linesOf(chunk, got, offset + limit >= bytes);
    fetching.delete(chunk.start);
    // What has grown or was replaced meanwhile is newer than what came.
    if (!chunks.includes(chunk) || chunk.end !== end) return found;
    if (chunk === chunks.at(-1)) tail = got.subarray(0, end - offset);
    hold(chunk.start, found);
    onChange();
    return found;
  }

  function heldLines(chunk: Chunk): Line[] | undefined {
    if (!held.has(chunk.start) && tail && chunk === chunks.at(-1)) hold(chunk.start, linesOf(chunk, tail, true));
    return held.get(chunk.start);
  }

  function linesIn(chunk: Chunk): Promise<Line[]> {
    const known = heldLines(chunk);
    if (known) return Promise.resolve(known);
    const under = fetching.get(chunk.start) ?? fetchChunk(chunk);
    fetching.set(chunk.start, under);
    return under;
  }

  /** Ends the last chunk behind its last line; within one only where no more of that line is shown anyway. */
  function split(): void {
    const last = chunks.at(-1);
    if (!last || last.end - last.start <= CHUNK_BYTES || !tail) return;
    const open = tail.length - 1 - tail.lastIndexOf(NEWLINE);
    const kept = open > LINE_BYTES ? 0 : open;
    last.end -= kept;
    hold(last.start, linesOf(last, tail, true));
    chunks.push({ start: last.end, end: bytes, line: open > 0 ? lines : lines + 1 });
    tail = tail.slice(-kept - 1);
  }

  return {
    bytes: () => bytes,
    lines: () => lines,
    line(number) {
      const first = chunkOfLine(chunks, number);
      for (const chunk of chunks.slice(first, first + 2)) {
        const known = heldLines(chunk);
        // They are numbered one after the other.
        const found = known?.[number - (known[0]?.number ?? 0)];
        if (found) return found;
        if (!known) {
          void linesIn(chunk);
          return undefined;
        }
      }
      return undefined;
    },
    async lineAt(offset) {
      for (let at = chunkOfOffset(chunks, offset); at >= 0; at -= 1) {
        const chunk = chunks[at];
        if (!chunk) break;
        const found = (await linesIn(chunk)).findLast((line) => line.offset <= offset);
        if (found) return found.number;
        // It began in a chunk before; how long it is does not matter, its number is known.
        if (chunk.line > 1) return chunk.line;
      }
      return 1;
    },
    async load() {
      const known = await index();
      if (!known || known.bytes < bytes) return;
      chunks = chunksFrom(known.marks, known.bytes);
      bytes = known.bytes;
      lines = known.lines;
      tail = null;
      held.clear();
      fetching.clear();
      const last = chunks.at(-1);
      if (last) await linesIn(last);
      onChange();
    },
    append({ offset, data, next }) {
      if (next <= bytes) return true;
      const more = encoder.encode(data);
      if (offset !== bytes || more.length !== next - offset) return false;
      if (bytes === 0) {
        chunks = [{ start: 0, end: 0, line: 1 }];
        tail = new Uint8Array();
      }
      if (!tail) return false;
      split();
      const last = chunks.at(-1);
      if (!last) return false;
      const before = tail;
      const isOpenLine = bytes > 0 && before.at(-1) !== NEWLINE;
      tail = new Uint8Array(before.length + more.length);
      tail.set(before);
      tail.set(more, before.length);
      let newlines = 0;
      for (const byte of more) if (byte === NEWLINE) newlines += 1;
      const endsOpen = more.at(-1) !== NEWLINE;
      lines += newlines + (endsOpen ? 1 : 0) - (isOpenLine ? 1 : 0);
      bytes = next;
      last.end = next;
      held.delete(last.start);
      return true;
    },
  };
}
