import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StepIo } from '../step/step-program.ts';
import { findCommonDir, findGitDir } from './dir.ts';
import { type GitEnd, runGit } from './git.ts';

/** The length of a SHA-256 commit id. */
const SHA256_HEX = 64;

/**
 * Makes a repository in `folder` with the objects of `repoDir` and nothing else of it: no configuration, refs or hooks. Nothing
 * done in it changes the original. The length of `commit` says by which hash it names its objects.
 */
export async function makeBeside(io: StepIo, repoDir: string, folder: string, commit: string): Promise<GitEnd> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const format = `--object-format=${commit.length === SHA256_HEX ? 'sha256' : 'sha1'}`;
  const made = await runGit(io, folder, ...FILES, 'init', '--quiet', '--template=', format, folder);
  if (made.code !== 0) return made;
  const info = join(folder, '.git/objects/info');
  await mkdir(info, { recursive: true });
  await writeFile(join(info, 'alternates'), `${join(await objectsOwner(repoDir), 'objects')}\n`);
  return made;
}

const objectsOwner = async (repoDir: string): Promise<string> => findCommonDir(await findGitDir(repoDir));

const FILES = ['-c', 'init.defaultRefFormat=files'] as const;
