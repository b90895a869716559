import { type FileHandle, open, readFile } from 'node:fs/promises';
import type { Log } from '../config/log.ts';
import {
  durableSize,
  fileSize,
  MARK_BYTES,
  marksPath,
  openOutput,
  outputPath,
  removeOutput,
  writeMark,
  writePieces,
} from './file.ts';
import type { Arrival, OutputKeeper } from './keeper.ts';

/** Small enough that handling one piece does not block the loop. */
const PIECE_BYTES = 64 * 1024;
/** Files written at once; more would only queue in Node's four threads. */
const LANES = 4;
const OPEN_FILES = 256;

type Writing = { handle: FileHandle | null; marks: number };

/** Each output in a file of its own under `dir`, which is made on first use. */
export function createFileKeeper({
  dir,
  log,
  open: openFiles = OPEN_FILES,
}: {
  dir: string;
  log: Log;
  open?: number;
}): OutputKeeper {
  const writing = new Map<string, Writing>();

  function sizeOf(id: string): number {
    try {
      return durableSize(outputPath(dir, id));
    } catch (err) {
      // Safe, because the same bytes come again and overwrite themselves.
      log.error({ err, commandId: id }, 'an output file cannot be read; it is asked for again from its start');
      return 0;
    }
  }

  function foundSize(id: string): number {
    try {
      return fileSize(outputPath(dir, id));
    } catch {
      // Reported when somebody needs the bytes.
      return 0;
    }
  }

  function writingOf(id: string): Writing {
    const known = writing.get(id) ?? { handle: null, marks: marksOf(id) };
    writing.set(id, known);
    return known;
  }

  function marksOf(id: string): number {
    try {
      return Math.floor(fileSize(marksPath(dir, id)) / MARK_BYTES);
    } catch {
      return 0;
    }
  }

  async function rest(id: string): Promise<void> {
    const handle = writing.get(id)?.handle;
    writing.delete(id);
    // A failed close loses nothing: acknowledged bytes were synced.
    await handle?.close().catch((err) => log.warn({ err, commandId: id }, 'an output file did not close'));
  }

  return {
    held: (ids) => new Map(ids.map((id) => [id, sizeOf(id)])),
    found: (ids) => new Map(ids.map((id) => [id, foundSize(id)])),
    async append(id, offset, take, at, isMark) {
      const one = writingOf(id);
      if (isMark) {
        await writeMark(marksPath(dir, id), one.marks, offset, at);
        one.marks += 1;
      }
      one.handle ??= await openOutput(outputPath(dir, id));
      const bytes = await writePieces(one.handle, take(), offset);
      await one.handle.datasync();
      return bytes;
    },
    rest,
    async remove(id) {
      await rest(id);
      await removeOutput(dir, id);
    },
    async sweep() {},
    async *read(id, offset, end) {
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
    },
    arrivals: (id) => readArrivals(marksPath(dir, id)),
    lanes: LANES,
    open: openFiles,
  };
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

async function readArrivals(path: string): Promise<Arrival[]> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  const arrivals: Arrival[] = [];
  for (let at = 0; at + MARK_BYTES <= bytes.length; at += MARK_BYTES) {
    const arrival = { offset: Number(bytes.readBigUInt64BE(at)), at: Number(bytes.readBigUInt64BE(at + 8)) };
    // A coordinator killed between a mark and its bytes makes the same mark again.
    if (arrivals.at(-1)?.offset !== arrival.offset) arrivals.push(arrival);
  }
  return arrivals;
}
