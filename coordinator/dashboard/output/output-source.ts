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
 * The lines of one output; only those in view are fetched and held.
 *
 * S1 `line` answers at once: a line that is not held is fetched, and `onChange` says when it is there.
 * S2 The last chunk is held as bytes, so that it grows without being fetched again. It is cut into lines only when read,
 *    because many pieces may come between two reads.
 * S3 At most `HELD` chunks are held as lines.
 * S4 An unreadable part is never taken for lines, and is not requested again until `retry`: a failing coordinator must not be
 *    asked at every change.
 */
export type OutputSource = {
  bytes(): number;
  lines(): number;
  /** The sizes that the coordinator last gave; null before, and `arrival` null if more has come since. */
  told(): { total: number; arrival: Arrival | null } | null;
  line(number: number): Line | undefined;
  /** Whether the line is missing because it could not be read. */
  isUnread(number: number): boolean;
  /** Whether the end, or its position, could not be read. */
  isEndUnread(): boolean;
  /** The line that holds the byte at `offset`; null if it can't be read. */
  lineAt(offset: number): Promise<number | null>;
  /** Requests the size; held parts stay. False without an answer. */
  load(): Promise<boolean>;
  /** Requests again the parts in view that could not be read. */
  retry(): Promise<void>;
  /**
   * Takes in a piece from the feed, now or with the load under way or due; false if it does not fit and `load` is needed.
   * Does not call `onChange`.
   */
  append(piece: { offset: number; data: string; next: number }): boolean;
};

export type OutputSourceDeps = {
  index: () => Promise<OutputIndexView | null>;
  /** Null if the bytes can't be read. */
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
  /** Where the last chunk's bytes start, as in `rangeOf`; null while unknown. */
  let tail: Uint8Array | null = null;
  const held = new Map<number, Line[]>();
  const fetching = new Map<number, Promise<Line[] | null>>();
  let loading: Promise<boolean> | null = null;
  /** The end of the pieces that could not be taken in when they came. */
  let owed = 0;
  let isIndexUnread = false;
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
    const found = linesOf(chunk, got, offset + limit >= bytes);
    // A chunk that grew or was replaced meanwhile is newer than this answer.
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

  /** The line, or the chunk that it needs; neither if there is no such line. */
  function seek(number: number): { line?: Line; missing?: Chunk } {
    const first = chunkOfLine(chunks, number);
    for (const chunk of chunks.slice(first, first + 2)) {
      const known = heldLines(chunk);
      if (!known) return { missing: chunk };
      // Lines are numbered consecutively.
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
    // Pieces that came meanwhile may be newer than the answer.
    return owed > bytes && !isEndUnread() ? loadOnce() : isKnown;
  }

  function load(): Promise<boolean> {
    loading ??= loadAll().finally(() => {
      loading = null;
    });
    return loading;
  }

  /** Ends the last chunk after its last line; within a line only if no more of it is shown anyway. */
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
      // A search reads all that the coordinator holds by now, which may be more than is known here.
      if (offset >= bytes) await load();
      for (let at = chunkOfOffset(chunks, offset); at >= 0; at -= 1) {
        const chunk = chunks[at];
        if (!chunk) break;
        const known = await linesIn(chunk);
        if (!known) return null;
        const found = known.findLast((line) => line.offset <= offset);
        if (found) return found.number;
        // It began in an earlier chunk; its number is known, its length does not matter.
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
