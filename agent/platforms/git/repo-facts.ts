import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findCommonDir, findGitDir } from './dir.ts';
import { IN_REFTABLE, keptHead } from './reftable-head.ts';
import { unfinishedChange } from './tree-mark.ts';

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Symbolic refs may point at each other; git gives up as early. */
const DEEPEST_REF = 5;

/**
 * The full id of the commit checked out in `repoDir`, read from git's own files because no heartbeat may start a process. Null if
 * there is none: no repository, a branch without a commit, refs in a reftable that changed since the last pull, a half-written
 * file, an unfinished pull.
 */
export async function readRepoCommit(repoDir: string): Promise<string | null> {
  try {
    const gitDir = await findGitDir(repoDir);
    const commonDir = await findCommonDir(gitDir);
    let value = await readLine(join(gitDir, 'HEAD'));
    if (value === IN_REFTABLE) value = await keptHead(gitDir);
    for (let depth = 0; depth < DEEPEST_REF && value.startsWith('ref: '); depth++) {
      value = await readRef(value.slice('ref: '.length).trim(), gitDir, commonDir);
    }
    return COMMIT.test(value) && !(await unfinishedChange(repoDir)) ? value : null;
  } catch {
    return null;
  }
}

const readLine = async (file: string): Promise<string> => (await readFile(file, 'utf8')).trim();

/** A loose ref wins over a packed one: git writes the loose file and packs it later. */
async function readRef(name: string, gitDir: string, commonDir: string): Promise<string> {
  for (const dir of new Set([gitDir, commonDir])) {
    const loose = await readLine(join(dir, name)).catch(() => '');
    if (loose) return loose;
  }
  const packed = await readFile(join(commonDir, 'packed-refs'), 'utf8');
  const line = packed.split('\n').find((candidate) => candidate.endsWith(` ${name}`));
  return line?.split(' ')[0] ?? '';
}
