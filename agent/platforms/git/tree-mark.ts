import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../../../shared/files/durable-file.ts';
import { findGitDir } from './dir.ts';

/**
 * A mark in the git folder while a pull changes the files of a checkout.
 * M1  It is durable before the first file changes, and goes after the last one. While it stands, the files may
 *    be of two commits: nothing is built, tested or read from them, and the checked-out commit is unknown.
 * M2  Only a pull removes it, once it has made the files whole.
 */
export type TreeChange = { from: string; to: string };

const markIn = (gitDir: string): string => join(gitDir, 'switchyard-checkout');

/** The change that a pull began and did not finish in the checkout `repoDir`; null if there is none. */
export async function unfinishedChange(repoDir: string): Promise<TreeChange | null> {
  try {
    const [from = '', to = ''] = (await readFile(markIn(await findGitDir(repoDir)), 'utf8')).trim().split(' ');
    return { from, to };
  } catch {
    return null;
  }
}

export const markChange = async (repoDir: string, { from, to }: TreeChange): Promise<void> =>
  writeDurably(markIn(await findGitDir(repoDir)), `${from} ${to}\n`);

export const unmarkChange = async (repoDir: string): Promise<void> =>
  rm(markIn(await findGitDir(repoDir)), { force: true });
