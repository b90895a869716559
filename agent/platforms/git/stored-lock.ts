import { createHash } from 'node:crypto';
import { readFile, realpath, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { writeDurably } from '../../../shared/files/durable-file.ts';
import type { StepIo } from '../step/step-program.ts';
import { findGitDir } from './dir.ts';
import { askGit, takeGit } from './git.ts';

/**
 * The flake.lock that git stores, if the checkout's file differs: in line ends, or through a filter. The target's lock is read as
 * stored, and so must a host's, or the two never match. A report may start no git, so a pull keeps both hashes.
 * L1  The record says that a file with these bytes is stored as those. A file with other bytes was written since, by nix or a
 *    person, and stands for itself.
 */
const recordIn = (gitDir: string): string => join(gitDir, 'switchyard-lock');

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** The hash of what git stores if the file in the checkout `repoDir` has the hash `hash`. */
export async function storedHash(repoDir: string, hash: string): Promise<string> {
  try {
    const record = await readFile(recordIn(await findGitDir(repoDir)), 'utf8');
    const [, file, stored] = /^([0-9a-f]{64}) ([0-9a-f]{64})\n$/.exec(record) ?? [];
    return file === hash && stored !== undefined ? stored : hash;
  } catch {
    return hash;
  }
}

/** Keeps how the flake.lock of the checkout `repoDir` is stored in the checked-out commit. */
export async function keepStoredHash(io: StepIo, repoDir: string, flakeDir: string): Promise<void> {
  const record = recordIn(await findGitDir(repoDir));
  const hashes = await hashesOf(io, repoDir, flakeDir);
  if (hashes === null || hashes.file === hashes.stored) await rm(record, { force: true });
  else await writeDurably(record, `${hashes.file} ${hashes.stored}\n`);
}

/** Null if the file isn't that of the commit. A link stands for the file of the checkout that it leads to. */
async function hashesOf(
  io: StepIo,
  repoDir: string,
  flakeDir: string,
): Promise<{ file: string; stored: string } | null> {
  try {
    const file = await realpath(join(repoDir, flakeDir, 'flake.lock'));
    const path = relative(await realpath(repoDir), file);
    const diff = ['--literal-pathspecs', 'diff', '--quiet', '--no-ext-diff', 'HEAD', '--', path];
    const isAsStored = path.startsWith('..') ? null : await askGit(io, repoDir, ...diff);
    const blob = isAsStored === null ? null : await takeGit(io, repoDir, 'cat-file', 'blob', `HEAD:${path}`);
    return blob === null ? null : { file: sha256(await readFile(file)), stored: sha256(blob) };
  } catch {
    return null;
  }
}
