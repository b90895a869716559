import type { HeldLines, KnownOutput } from './held-lines.ts';
import { LINE_BYTES, linesOf } from './output-lines.ts';

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 10;

/** Adds bytes to the end of a known output. False if its last chunk is not known. Does not cut them into lines. */
export function grow(known: KnownOutput, more: Uint8Array, held: Pick<HeldLines, 'hold' | 'forget'>): boolean {
  if (known.bytes === 0) {
    known.chunks = [{ start: 0, end: 0, line: 1 }];
    known.tail = new Uint8Array();
  }
  if (!known.tail) return false;
  splitLast(known, held);
  const last = known.chunks.at(-1);
  if (!last) return false;
  const before = known.tail;
  const isOpenLine = known.bytes > 0 && before.at(-1) !== NEWLINE;
  known.tail = new Uint8Array(before.length + more.length);
  known.tail.set(before);
  known.tail.set(more, before.length);
  let newlines = 0;
  for (const byte of more) if (byte === NEWLINE) newlines += 1;
  const endsOpen = more.at(-1) !== NEWLINE;
  known.lines += newlines + (endsOpen ? 1 : 0) - (isOpenLine ? 1 : 0);
  known.bytes += more.length;
  last.end = known.bytes;
  held.forget(last);
  return true;
}

/** Ends a long last chunk after its last line; within a line only if no more of it is shown anyway. */
function splitLast(known: KnownOutput, { hold }: Pick<HeldLines, 'hold'>): void {
  const { chunks, bytes, lines, tail } = known;
  const last = chunks.at(-1);
  if (!last || last.end - last.start <= CHUNK_BYTES || !tail) return;
  const open = tail.length - 1 - tail.lastIndexOf(NEWLINE);
  const kept = open > LINE_BYTES ? 0 : open;
  last.end -= kept;
  hold(last.start, linesOf(last, tail, true));
  chunks.push({ start: last.end, end: bytes, line: open > 0 ? lines : lines + 1 });
  known.tail = tail.slice(-kept - 1);
}
