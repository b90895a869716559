import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The digest at the end of an index, by the hash of the repository's objects. */
const DIGESTS = { sha1: 20, sha256: 32 } as const;

/** Removes an index that doesn't end in its own digest: git would trust most of it. Git makes a new one. True if it was removed. */
export async function dropBrokenIndex(gitDir: string): Promise<boolean> {
  const file = join(gitDir, 'index');
  const bytes = await readFile(file).catch(() => null);
  if (bytes === null || Object.keys(DIGESTS).some((hash) => endsInDigest(bytes, hash as keyof typeof DIGESTS)))
    return false;
  await rm(file);
  return true;
}

function endsInDigest(bytes: Buffer, hash: keyof typeof DIGESTS): boolean {
  const end = bytes.length - DIGESTS[hash];
  return end > 0 && createHash(hash).update(bytes.subarray(0, end)).digest().equals(bytes.subarray(end));
}
