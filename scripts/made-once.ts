import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';

/**
 * Has `make` fill a folder, unless it exists. The folder gets its name once it is whole. If two processes make it at
 * once, the second uses the first one's. Rejects if `make` does; nothing is left then.
 */
export async function madeOnce(dir: string, make: (own: string) => void | Promise<void>): Promise<void> {
  if (existsSync(dir)) return;
  const own = `${dir}.${process.pid}`;
  mkdirSync(own, { recursive: true });
  try {
    await make(own);
    if (!existsSync(dir)) renameSync(own, dir);
  } catch (error) {
    if (!existsSync(dir)) throw error;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}
