import { chmodSync, mkdtempSync, readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux's file system in memory. */
const IN_MEMORY = '/dev/shm';
/** Unit suites need a tenth of it. In a container it is often 64 MB. */
const LEAST_FREE = 2 ** 30;

export type Machine = { mounts: string; freeBytes: number };

/** A new folder for the temporary files of unit suites: in memory if possible, because on a disk they mostly wait for durable writes. */
export function createRunFolder(machine = thisMachine()): string {
  const folder = mkdtempSync(join(machine && fits(machine) ? IN_MEMORY : tmpdir(), 'switchyard-tests-'));
  // Open to all users, like the machine's own.
  chmodSync(folder, 0o1777);
  return folder;
}

/** Test scripts are started from there too. */
function fits({ mounts, freeBytes }: Machine): boolean {
  const [, options = 'noexec'] = new RegExp(`^\\S+ ${IN_MEMORY} tmpfs (\\S+)`, 'm').exec(mounts) ?? [];
  const words = options.split(',');
  return words.includes('rw') && !words.includes('noexec') && freeBytes >= LEAST_FREE;
}

/** Null if there is none. */
function thisMachine(): Machine | null {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    return { mounts: readFileSync('/proc/mounts', 'utf8'), freeBytes: bavail * bsize };
  } catch {
    return null;
  }
}
