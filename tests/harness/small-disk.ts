import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, realpathSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of a few MiB that a test fills. */
export type SmallDisk = {
  readonly dir: string;
  /** Takes all remaining space. */
  fill(): void;
  free(): void;
  close(): void;
};

export function mountSmallDisk(mebibytes: number): SmallDisk {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-disk-')));
  const filler = join(dir, 'filler');
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=700`, 'switchyard-test', dir]);
  return {
    dir,
    fill() {
      const file = openSync(filler, 'a');
      // The last pieces are small, so that nothing remains.
      for (const size of [1024 * 1024, 4096]) while (attemptWrite(file, size));
      closeSync(file);
    },
    free: () => rmSync(filler, { force: true }),
    close() {
      execFileSync('umount', ['-l', dir]);
      rmdirSync(dir);
    },
  };
}

function attemptWrite(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size)) === size;
  } catch {
    return false;
  }
}
