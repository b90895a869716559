import { readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Loose objects, by the first two digits of their name: there are many, and git locks none. */
const OBJECTS = /^[0-9a-f]{2}$/;

/** No ref can end in `.lock`. Packed refs are written to a file with its own name, and git gives up if that exists. */
const isLock = (name: string): boolean => name.endsWith('.lock') || name === 'packed-refs.new';

/** Removes every git lock file under `gitDir`; resolves to their names. */
export async function removeLocks(gitDir: string): Promise<string[]> {
  const removed: string[] = [];
  async function walk(folder: string): Promise<void> {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!OBJECTS.test(entry.name)) await walk(path);
      } else if (isLock(entry.name)) {
        await rm(path, { force: true });
        removed.push(relative(gitDir, path));
      }
    }
  }
  await walk(gitDir);
  return removed;
}
