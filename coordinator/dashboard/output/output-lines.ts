/**
 * Maps lines of an output to bytes. The coordinator's index has sparse marks; the chunk between two of them is fetched and cut
 * into lines by itself.
 *
 * O1 A line belongs to the chunk that it begins in.
 * O2 At most `LINE_BYTES` of a line are kept, so a line of 10 MB costs no more than any other.
 */
export type Mark = { offset: number; line: number };

/** `line` is the one that holds the byte at `start`, counted from 1. */
export type Chunk = { start: number; end: number; line: number };

export type Line = { number: number; offset: number; text: string; isCut: boolean };

/** Bytes per request. */
const CHUNK_BYTES = 32 * 1024;
export const LINE_BYTES = 4 * 1024;
const NEWLINE = 10;

/** The chunks of an output of `bytes`, from marks in order; the first is at 0. */
export function chunksFrom(marks: readonly Mark[], bytes: number): Chunk[] {
  if (bytes === 0) return [];
  const starts: Mark[] = [{ offset: 0, line: 1 }];
  for (const mark of marks) {
    const last = starts.at(-1);
    if (last && mark.offset - last.offset >= CHUNK_BYTES && mark.offset < bytes) starts.push(mark);
  }
  return starts.map(({ offset, line }, at) => ({ start: offset, end: starts[at + 1]?.offset ?? bytes, line }));
}

/** The bytes to fetch for a chunk: one before it shows whether a line begins with it, those after it end its last line. */
export const rangeOf = ({ start, end }: Chunk): { offset: number; limit: number } => {
  const offset = Math.max(0, start - 1);
  return { offset, limit: end - offset + LINE_BYTES };
};

const decoder = new TextDecoder();

/** The lines that begin in the chunk. `bytes` are those of `rangeOf`; `isEnd`: nothing comes after them. */
export function linesOf({ start, end, line }: Chunk, bytes: Uint8Array, isEnd: boolean): Line[] {
  const base = Math.max(0, start - 1);
  const lines: Line[] = [];
  let number = line;
  let from = 0;
  if (start > 0) {
    const newline = bytes.indexOf(NEWLINE);
    if (newline === -1) return [];
    if (newline > 0) number += 1;
    from = newline + 1;
  }
  while (base + from < end && from < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, from);
    const to = newline === -1 ? bytes.length : newline;
    const isCut = to - from > LINE_BYTES || (newline === -1 && !isEnd);
    const text = decoder.decode(bytes.subarray(from, Math.min(to, from + LINE_BYTES)));
    lines.push({ number, offset: base + from, text, isCut });
    if (newline === -1) break;
    number += 1;
    from = newline + 1;
  }
  return lines;
}

/** Index of the chunk that line `number` begins in, or of the one before. */
export function chunkOfLine(chunks: readonly Chunk[], number: number): number {
  return Math.max(
    0,
    lastIndexWhere(chunks, ({ line }) => line < number),
  );
}

/** Index of the chunk that holds the byte at `offset`. */
export function chunkOfOffset(chunks: readonly Chunk[], offset: number): number {
  return Math.max(
    0,
    lastIndexWhere(chunks, ({ start }) => start <= offset),
  );
}

/** Index of the last item for which `holds` is true; -1 if none. `holds` must be true for a leading part only. */
function lastIndexWhere<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && holds(item)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
