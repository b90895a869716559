import { test } from 'uvu';
import * as assert from 'uvu/assert';
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

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Marks as the coordinator makes them: the line that holds the byte. */
function marksOf(bytes: Uint8Array, every: number) {
  const marks: { offset: number; line: number }[] = [];
  let line = 1;
  for (const [offset, byte] of bytes.entries()) {
    if (offset % every === 0) marks.push({ offset, line });
    if (byte === 10) line += 1;
  }
  return marks;
}

const read = (bytes: Uint8Array, chunk: Chunk): Line[] => {
  const { offset, limit } = rangeOf(chunk);
  return linesOf(chunk, bytes.subarray(offset, offset + limit), offset + limit >= bytes.length);
};

test("the chunks' lines together are the output's lines, for any marks", () => {
  const text = Array.from({ length: 9_000 }, (_, n) => `line ${n + 1} ${'é'.repeat(n % 37)}`).join('\n');
  const bytes = bytesOf(text);
  for (const every of [33_000, 40_001, 65_536]) {
    const chunks = chunksFrom(marksOf(bytes, every), bytes.length);
    assert.ok(chunks.length > 2);
    const lines = chunks.flatMap((chunk) => read(bytes, chunk));
    assert.is(lines.map((line) => line.text).join('\n'), text);
    assert.equal(
      lines.map((line) => line.number),
      lines.map((_, at) => at + 1),
    );
  }
});

test('a line of megabytes is cut, belongs to one chunk, and the following lines keep their numbers', () => {
  const bytes = bytesOf(`first\n${'x'.repeat(3_000_000)}\nlast\n`);
  const chunks = chunksFrom(marksOf(bytes, 65_536), bytes.length);
  const lines = chunks.flatMap((chunk) => read(bytes, chunk));
  assert.equal(
    lines.map(({ number, offset, isCut }) => [number, offset, isCut]),
    [
      [1, 0, false],
      [2, 6, true],
      [3, 3_000_007, false],
    ],
  );
  assert.ok(lines[1] && lines[1].text.length <= LINE_BYTES);
  assert.is(chunkOfLine(chunks, 3), chunks.length - 1);
  assert.is(chunkOfLine(chunks, 2), 0);
});

test("a line that begins with its chunk is found there, with the mark's number", () => {
  const bytes = bytesOf(`${'a'.repeat(39_999)}\nnext\n`);
  const chunks = chunksFrom(
    [
      { offset: 0, line: 1 },
      { offset: 40_000, line: 2 },
    ],
    bytes.length,
  );
  assert.equal(
    chunks.map(({ start }) => start),
    [0, 40_000],
  );
  const [second] = chunks.slice(1);
  assert.equal(second && read(bytes, second), [{ number: 2, offset: 40_000, text: 'next', isCut: false }]);
  assert.is(chunkOfOffset(chunks, 40_000), 1);
  assert.is(chunkOfOffset(chunks, 39_999), 0);
});

test('an output without a last newline shows its last line, and an empty one has no chunk', () => {
  const bytes = bytesOf('one\ntwo');
  assert.equal(
    chunksFrom([], bytes.length)
      .flatMap((chunk) => read(bytes, chunk))
      .map(({ text }) => text),
    ['one', 'two'],
  );
  assert.equal(chunksFrom([], 0), []);
});

test('broken characters are shown as such and shift no offset', () => {
  const bytes = new Uint8Array([0xff, 0xfe, 10, 65, 10]);
  const lines = chunksFrom([], bytes.length).flatMap((chunk) => read(bytes, chunk));
  assert.equal(
    lines.map(({ offset, text }) => [offset, text]),
    [
      [0, '��'],
      [3, 'A'],
    ],
  );
});

test.run();
