import type { OutputIndexView } from '../../../shared/api/resources.ts';
import type { Arrival } from '../../../shared/model/output-arrival.ts';
import { createHeldLines, type HeldLines, type KnownOutput } from './held-lines.ts';
import { grow } from './output-growth.ts';
import { type Chunk, chunkOfLine, chunkOfOffset, chunksFrom, type Line } from './output-lines.ts';

/**
 * The lines of one output; only those in view are fetched and held.
 *
 * S1 `line` answers at once: a line that is not held is fetched, and `onChange` says when it is there.
 * S2 The last chunk is held as bytes, so that it grows without being fetched again. It is cut into lines only when read,
 *    because many pieces may come between two reads.
 * S3 At most `HELD` chunks (held-lines.ts) are held as lines.
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

const encoder = new TextEncoder();

export function createOutputSource({ index, read, onChange }: OutputSourceDeps): OutputSource {
  const output: KnownOutput = { chunks: [], bytes: 0, lines: 0, tail: null };
  const held = createHeldLines(output, read, onChange);
  let told: { total: number; arrival: Arrival | null } | null = null;
  let loading: Promise<boolean> | null = null;
  /** The end of the pieces that could not be taken in when they came. */
  let owed = 0;
  let isIndexUnread = false;

  function isEndUnread(): boolean {
    const last = output.chunks.at(-1);
    return isIndexUnread || (last !== undefined && held.isUnread(last));
  }

  async function loadOnce(): Promise<boolean> {
    const known = await index();
    isIndexUnread = known === null;
    if (known) told = { total: known.total, arrival: known.arrival };
    if (known && known.bytes >= output.bytes) {
      const { marks, bytes, lines } = known;
      Object.assign(output, { chunks: chunksFrom(marks, bytes), bytes, lines, tail: null } satisfies KnownOutput);
      held.clear();
      const last = output.chunks.at(-1);
      if (last) await held.linesIn(last);
    }
    onChange();
    return known !== null;
  }

  async function loadAll(): Promise<boolean> {
    const isKnown = await loadOnce();
    // Pieces that came meanwhile may be newer than the answer.
    return owed > output.bytes && !isEndUnread() ? loadOnce() : isKnown;
  }

  function load(): Promise<boolean> {
    loading ??= loadAll().finally(() => {
      loading = null;
    });
    return loading;
  }

  return {
    bytes: () => output.bytes,
    lines: () => output.lines,
    told: () => told,
    line(number) {
      const { line, missing } = seek(output, held, number);
      if (missing && !held.wasTried(missing)) void held.linesIn(missing);
      return line;
    },
    isUnread(number) {
      const { missing } = seek(output, held, number);
      return missing !== undefined && held.isUnread(missing);
    },
    isEndUnread,
    async lineAt(offset) {
      // A search reads all that the coordinator holds by now, which may be more than is known here.
      if (offset >= output.bytes) await load();
      for (let at = chunkOfOffset(output.chunks, offset); at >= 0; at -= 1) {
        const chunk = output.chunks[at];
        if (!chunk) break;
        const known = await held.linesIn(chunk);
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
      held.retry();
      if (isEndUnread()) await load();
      else onChange();
    },
    append({ offset, data, next }) {
      if (next <= output.bytes) return true;
      if (loading || isEndUnread()) {
        owed = next;
        return true;
      }
      const more = encoder.encode(data);
      if (offset !== output.bytes || more.length !== next - offset) return false;
      if (!grow(output, more, held)) return false;
      if (told) told.arrival = null;
      return true;
    },
  };
}

/** The line, or the chunk that it needs; neither if there is no such line. */
function seek({ chunks }: KnownOutput, { heldIn }: HeldLines, number: number): { line?: Line; missing?: Chunk } {
  const first = chunkOfLine(chunks, number);
  for (const chunk of chunks.slice(first, first + 2)) {
    const known = heldIn(chunk);
    if (!known) return { missing: chunk };
    // Lines are numbered consecutively.
    const line = known[number - (known[0]?.number ?? 0)];
    if (line) return { line };
  }
  return {};
}
