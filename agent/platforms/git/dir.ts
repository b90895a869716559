import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Where git keeps what belongs to the checkout `repoDir`: `.git`, or in a linked worktree the folder that this file names. Rejects where there is none. */
export async function findGitDir(repoDir: string): Promise<string> {
  const dotGit = join(repoDir, '.git');
  if ((await stat(dotGit)).isDirectory()) return dotGit;
  const link = (await readFile(dotGit, 'utf8')).trim();
  if (!link.startsWith('gitdir: ')) throw new Error(`${dotGit} names no folder`);
  return resolve(repoDir, link.slice('gitdir: '.length));
}

/** Where the refs of a git folder are: in its own, or that of the repository which a linked worktree belongs to. */
export async function findCommonDir(gitDir: string): Promise<string> {
  const link = await readFile(join(gitDir, 'commondir'), 'utf8').catch(() => '.');
  return resolve(gitDir, link.trim());
}
