import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes the folder and its parents, for their owner alone; an existing one stays as it is. Node's `recursive` loops forever where
 * a folder denies that its new entry exists, as /proc does; this throws.
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
