import { type FileHandle, open } from 'node:fs/promises';
import { outputPath } from './file.ts';

/** Small enough that handling one piece does not block the loop. */
const PIECE_BYTES = 64 * 1024;

export type OutputReader = {
  /** The durable bytes from `offset` on, at most `limit`, in pieces of up to 64 KiB. */
  read(id: string, offset: number, limit: number): AsyncGenerator<Uint8Array, void>;
  /** The same in one piece, for small ranges. */
  slice(id: string, offset: number, limit: number): Promise<Uint8Array>;
};

export function createOutputReader(deps: { dir: string; size: (id: string) => number }): OutputReader {
  const { dir, size } = deps;

  async function* read(id: string, offset: number, limit: number): AsyncGenerator<Uint8Array, void> {
    const end = Math.min(size(id), offset + limit);
    if (offset >= end) return;
    const file = await open(outputPath(dir, id), 'r');
    try {
      for (let at = offset; at < end; ) {
        const piece = await readAt(file, at, Math.min(PIECE_BYTES, end - at));
        if (piece.length === 0) return;
        yield piece;
        at += piece.length;
      }
    } finally {
      await file.close();
    }
  }

  return {
    read,
    async slice(id, offset, limit) {
      const pieces: Uint8Array[] = [];
      for await (const piece of read(id, offset, limit)) pieces.push(piece);
      return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
    },
  };
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
