import type { FileHandle } from 'node:fs/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writePieces } from './file.ts';

/** A file that takes only this many bytes at a time, as on an almost full disk. */
function shortHandle(atOnce: number) {
  const file = Buffer.alloc(16, '.');
  const handle = {
    async writev(pieces: readonly Uint8Array[], position: number) {
      const bytesWritten = Buffer.concat(pieces).subarray(0, atOnce).copy(file, position);
      return { bytesWritten };
    },
  };
  return { file, handle: handle as unknown as FileHandle };
}

test('pieces follow one another, however little of them is written at a time', async () => {
  for (const atOnce of [1, 3, 4, 100]) {
    const { file, handle } = shortHandle(atOnce);
    const pieces = ['abc', 'd', 'efgh'].map((text) => Buffer.from(text));
    assert.is(await writePieces(handle, pieces, 2), 8);
    assert.is(file.toString(), '..abcdefgh......');
  }
});

test.run();
