import type { Arrival } from '../../../shared/output-arrival.ts';
import type { OutputIndexView } from '../../../shared/resources.ts';
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
 * S4 What could not be read is never taken for lines, and is not asked for again until `retry`: each change brings a look, and a
 *    coordinator that fails must not be asked at each look.
 */
export type OutputSource = {
  bytes(): number;
  lines(): number;
  /** What the coordinator said when it was asked how much there is; null before, and of `arrival` where more has come since. */
  told(): { total: number; arrival: Arrival | null } | null;
  line(number: number): Line | undefined;
  /** Whether the line is not there because it could not be read. */
  isUnread(number: number): boolean;
  /** Whether the end could not be read, or not even where it is. */
  isEndUnread(): boolean;
  /** The line that holds the byte at `offset`; null where that can't be read. */
  lineAt(offset: number): Promise<number | null>;
  /** Asks how much there is; what is held stays. False where that can't be said. */
  load(): Promise<boolean>;
  /** Asks once more for what could not be read, as far as it is looked at. */
  retry(): Promise<void>;
  /**
   * Takes in what came over the feed, at once or by the load that is under way or due; false where it does not fit, and `load` has
   * to be asked. `onChange` is not called.
   */
  append(piece: { offset: number; data: string; next: number }): boolean;
};

export type OutputSourceDeps = {
  index: () => Promise<OutputIndexView | null>;
  /** Null where the bytes can't be had. */
  read: (offset: number, limit: number) => Promise<Uint8Array | null>;
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
  let told: { total: number; arrival: Arrival | null } | null = null;
  /** Of the last chunk, as `rangeOf` has it; null while it is not known. */
  let tail: Uint8Array | null = null;
  const held = new Map<number, Line[]>();
  const fetching = new Map<number, Promise<Line[] | null>>();
  let loading: Promise<boolean> | null = null;
  /** Where what came ended, of what could not be taken in when it came. */
  let owed = 0;
  let isIndexUnread = false;
  let attempt = 0;
  /** At which attempt a chunk could not be read, by its start. */
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
    const found = linesOf(chunk, got, offset + limit >= bytes);
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

  function linesIn(chunk: Chunk): Promise<Line[] | null> {
    const known = heldLines(chunk);
    if (known) return Promise.resolve(known);
    const under = fetching.get(chunk.start) ?? fetchChunk(chunk);
    fetching.set(chunk.start, under);
    return under;
  }

  const isEndUnread = (): boolean => isIndexUnread || unread.has(chunks.at(-1)?.start ?? -1);

  /** The line, or the chunk that has to be held for it; neither where there is no such line. */
  function seek(number: number): { line?: Line; missing?: Chunk } {
    const first = chunkOfLine(chunks, number);
    for (const chunk of chunks.slice(first, first + 2)) {
      const known = heldLines(chunk);
      if (!known) return { missing: chunk };
      // They are numbered one after the other.
      const line = known[number - (known[0]?.number ?? 0)];
      if (line) return { line };
    }
    return {};
  }

  async function loadOnce(): Promise<boolean> {
    const known = await index();
    isIndexUnread = known === null;
    if (known) told = { total: known.total, arrival: known.arrival };
    if (known && known.bytes >= bytes) {
      chunks = chunksFrom(known.marks, known.bytes);
      bytes = known.bytes;
      lines = known.lines;
      tail = null;
      held.clear();
      fetching.clear();
      const last = chunks.at(-1);
      if (last) await linesIn(last);
    }
    onChange();
    return known !== null;
  }

  async function loadAll(): Promise<boolean> {
    const isKnown = await loadOnce();
    // What came meanwhile may be newer than the answer.
    return owed > bytes && !isEndUnread() ? loadOnce() : isKnown;
  }

  function load(): Promise<boolean> {
    loading ??= loadAll().finally(() => {
      loading = null;
    });
    return loading;
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
    told: () => told,
    line(number) {
      const { line, missing } = seek(number);
      if (missing && unread.get(missing.start) !== attempt) void linesIn(missing);
      return line;
    },
    isUnread(number) {
      const { missing } = seek(number);
      return missing !== undefined && unread.has(missing.start);
    },
    isEndUnread,
    async lineAt(offset) {
      // A search reads what the coordinator holds by now, which may be more than is known here.
      if (offset >= bytes) await load();
      for (let at = chunkOfOffset(chunks, offset); at >= 0; at -= 1) {
        const chunk = chunks[at];
        if (!chunk) break;
        const known = await linesIn(chunk);
        if (!known) return null;
        const found = known.findLast((line) => line.offset <= offset);
        if (found) return found.number;
        // It began in a chunk before; how long it is does not matter, its number is known.
        if (chunk.line > 1) return chunk.line;
      }
      return 1;
    },
    load,
    async retry() {
      attempt += 1;
      if (isEndUnread()) await load();
      else onChange();
    },
    append({ offset, data, next }) {
      if (next <= bytes) return true;
      if (loading || isEndUnread()) {
        owed = next;
        return true;
      }
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
      if (told) told.arrival = null;
      last.end = next;
      held.delete(last.start);
      return true;
    },
  };
}
