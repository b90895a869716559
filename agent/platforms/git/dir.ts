import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** The git folder of the checkout `repoDir`: `.git`, or in a linked worktree the folder that this file names. Rejects if there is none. */
export async function findGitDir(repoDir: string): Promise<string> {
  const dotGit = join(repoDir, '.git');
  if ((await stat(dotGit)).isDirectory()) return dotGit;
  const link = (await readFile(dotGit, 'utf8')).trim();
  if (!link.startsWith('gitdir: ')) throw new Error(`${dotGit} names no folder`);
  return resolve(repoDir, link.slice('gitdir: '.length));
}

/** Where a git folder's refs are: its own folder, or for a linked worktree the repository's. */
export async function findCommonDir(gitDir: string): Promise<string> {
  const link = await readFile(join(gitDir, 'commondir'), 'utf8').catch(() => '.');
  return resolve(gitDir, link.trim());
}
