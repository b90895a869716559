import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../../../shared/files/durable-file.ts';
import type { StepIo } from '../step/step-program.ts';
import { findCommonDir, findGitDir } from './dir.ts';
import { askGit } from './git.ts';
import { sha256 } from './stored-lock.ts';

/**
 * The checked-out commit where refs are kept as a reftable, which only git can read. A report may start no git, so a pull keeps
 * the commit beside the tables' names. Each change of a ref makes another table, so with other names the commit is unknown.
 */
const recordIn = (gitDir: string): string => join(gitDir, 'switchyard-head');

/** The content of HEAD in such a repository. */
export const IN_REFTABLE = 'ref: refs/heads/.invalid';

/** Names all tables of the checkout, including a linked worktree's own; null if it has none. */
async function tablesOf(gitDir: string): Promise<string | null> {
  const lists = [gitDir, await findCommonDir(gitDir)].map((dir) =>
    readFile(join(dir, 'reftable', 'tables.list'), 'utf8').catch(() => ''),
  );
  const names = (await Promise.all(lists)).join('\n');
  return names.trim() === '' ? null : sha256(names);
}

/** The kept commit, or '' if refs have changed since. */
export async function keptHead(gitDir: string): Promise<string> {
  const [tables = '', commit = ''] = (await readFile(recordIn(gitDir), 'utf8')).trim().split(' ');
  return tables === (await tablesOf(gitDir)) ? commit : '';
}

/** Keeps the commit checked out in `repoDir`, if only git can read it. */
export async function keepHead(io: StepIo, repoDir: string): Promise<void> {
  const gitDir = await findGitDir(repoDir);
  const tables = await tablesOf(gitDir);
  if (tables === null) return rm(recordIn(gitDir), { force: true });
  const commit = await askGit(io, repoDir, 'rev-parse', '--verify', 'HEAD^{commit}');
  // A ref changed meanwhile has made another table, and the commit read here belongs to neither for sure.
  if (commit !== null && tables === (await tablesOf(gitDir)))
    await writeDurably(recordIn(gitDir), `${tables} ${commit}\n`);
}
