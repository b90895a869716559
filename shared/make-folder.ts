import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes the folder, and those on the way to it, for their owner alone; one that is there stays as it is. Node's own `recursive` tries for
 * ever where a folder says of what is to be made in it that it does not exist, as /proc does; this throws.
 */
export function makeFolder(path: string): void {
  const make = () => mkdirSync(path, { mode: 0o700 });
  try {
    make();
  } catch (error) {
    if (isMissing(error) && path !== dirname(path)) {
      makeFolder(dirname(path));
      make();
    } else if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';
