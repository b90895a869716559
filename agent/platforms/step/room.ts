import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Fault } from './fault.ts';

const MIB = 1024 * 1024;

/** Of the store: so much, or this part of its disk where that is less. */
const STORE_BYTES = 2048 * MIB;
const STORE_PART = 0.05;

const STATE_BYTES = 256 * MIB;

/** How much of a disk is left, and how large it is, in bytes. Null where that can't be told. */
export type ReadRoom = (path: string) => Promise<{ free: number; size: number } | null>;

/** Of the disk that the folder is on, or will be. */
export const readRoom: ReadRoom = async (path) => {
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      const { bavail, blocks, bsize } = await statfs(folder);
      return { free: bavail * bsize, size: blocks * bsize };
    } catch {
      if (folder === dirname(folder)) return null;
    }
  }
};

/** Why an op that builds or activates has no room to begin (docs/protocol.md section 8); null where it has. */
export async function roomFault(
  { store, stateDir }: { store: string; stateDir: string },
  read: ReadRoom = readRoom,
): Promise<Fault | null> {
  const [inStore, inState] = await Promise.all([read(store), read(stateDir)]);
  const lacks = [
    inStore && lack('The Nix store', store, inStore.free, Math.min(STORE_BYTES, inStore.size * STORE_PART)),
    inState && lack("The agent's STATE_DIR", stateDir, inState.free, STATE_BYTES),
  ].filter((words) => words !== null);
  if (lacks.length === 0) return null;
  return { exitCode: 1, message: `${lacks.join('; ')}; nothing was changed`, code: 'disk_low' };
}

const lack = (what: string, path: string, free: number, needed: number): string | null =>
  free >= needed ? null : `${what} (${path}) has ${mebibytes(free)} left of the ${mebibytes(needed)} that it takes`;

export const mebibytes = (bytes: number): string => `${Math.floor(bytes / MIB)} MiB`;
