import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Syncs `path`, so that a file's bytes or a folder's entries survive a power cut. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a whole file. After a crash at any point the old or the new text is there; once this resolves, the new one. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const aside = `${path}.new`;
  const handle = await open(aside, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(aside, path);
  await syncPath(dirname(path));
}

/** The file's text, or null if the file does not exist; throws any other error. */
export async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The code of a failed system call (`ENOSPC`), or null for any other error. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
