import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Fault } from './fault.ts';

const MIB = 1024 * 1024;

/** The room that the store needs: this many bytes, or this part of its disk if that is less. */
const STORE_BYTES = 2048 * MIB;
const STORE_PART = 0.05;

const STATE_BYTES = 256 * MIB;

/** A disk's free and total bytes; null if unknown. */
export type ReadRoom = (path: string) => Promise<{ free: number; size: number } | null>;

/** The disk of the folder, which need not exist yet. */
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

/** Why an op that builds or activates lacks the room to begin (docs/protocol.md section 8); null if it has enough. */
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
