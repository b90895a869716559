import { closeSync, fdatasyncSync, openSync, statSync } from 'node:fs';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncPath } from '../../shared/files/durable-file.ts';

/**
 * Where a command's output stands: `output/XX/ID.log` under the data folder. XX is the id's last two digits, because its first
 * ones are the time and would fill one folder after another. `ID.marks` beside it records when which byte arrived, 16 bytes per
 * mark (offset, time; each a big-endian 64-bit integer).
 */
export const outputPath = (dir: string, id: string): string => join(dir, id.slice(-2), `${id}.log`);

export const marksPath = (dir: string, id: string): string => join(dir, id.slice(-2), `${id}.marks`);

export const MARK_BYTES = 16;

/** The file's length in bytes, synced first: a killed coordinator may have left them only in the page cache. */
export function durableSize(path: string): number {
  const size = fileSize(path);
  if (size === 0) return 0;
  const descriptor = openSync(path, 'r+');
  try {
    fdatasyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return size;
}

export const fileSize = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** Opens for writing at any position, and syncs new folder entries on the way. */
export async function openOutput(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const handle = await open(path, 'w+', 0o600);
  try {
    await syncPath(folder);
    await syncPath(dirname(folder));
  } catch (error) {
    await handle.close();
    throw error;
  }
  return handle;
}

/** Writes the pieces one after another from `position` on, without joining them first; resolves to their length in bytes. */
export async function writePieces(
  handle: FileHandle,
  pieces: readonly Uint8Array[],
  position: number,
): Promise<number> {
  let end = position;
  for (let left = pieces; left.length > 0; ) {
    const { bytesWritten } = await handle.writev(left, end);
    end += bytesWritten;
    left = dropFirst(left, bytesWritten);
  }
  return end - position;
}

function dropFirst(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let drop = bytes;
  return pieces.flatMap((piece) => {
    const left = piece.subarray(Math.min(drop, piece.length));
    drop -= piece.length - left.length;
    return left.length > 0 ? [left] : [];
  });
}

/** Writes the mark at its place, so that a torn one is overwritten. */
export async function writeMark(path: string, index: number, offset: number, at: number): Promise<void> {
  const mark = Buffer.alloc(MARK_BYTES);
  mark.writeBigUInt64BE(BigInt(offset), 0);
  mark.writeBigUInt64BE(BigInt(at), 8);
  const handle = await openOutput(path);
  try {
    await handle.write(mark, 0, MARK_BYTES, index * MARK_BYTES);
  } finally {
    await handle.close();
  }
}

export async function removeOutput(dir: string, id: string): Promise<void> {
  await rm(outputPath(dir, id), { force: true });
  await rm(marksPath(dir, id), { force: true });
}
