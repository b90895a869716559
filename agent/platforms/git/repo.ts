import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from '../step/fault.ts';
import { unfinishedChange } from './tree-mark.ts';

/** The clone of the fleet's configuration on this host. */
export type Repo = {
  /** Absolute. */
  dir: string;
  /** The remote of an isolated clone, which is Switchyard's alone; null where `dir` is a person's checkout. */
  url: string | null;
  branch: string;
};

type RepoConfig = { repoDir: string | null; repoUrl: string | null; branch: string; stateDir: string };

/** REPO_DIR, or with REPO_URL alone a folder of STATE_DIR; null where the host is given neither. */
export function repoOf({ repoDir, repoUrl, branch, stateDir }: RepoConfig): Repo | null {
  const dir = repoDir ?? (repoUrl ? join(stateDir, 'repo') : null);
  return dir === null ? null : { dir, url: repoUrl, branch };
}

/** Why an op that works on what is checked out can't: there is no repository, or a pull was cut short in it. */
export async function repoFault(repo: Repo): Promise<Fault | null> {
  const missing = await missingRepo(repo);
  if (missing || !(await unfinishedChange(repo.dir))) return missing;
  const message = `a pull was cut short while it changed the files in ${repo.dir}, which may be of two commits; run pull again`;
  return { exitCode: 1, message };
}

/** Why there is nothing to pull into: `dir` is missing, or is no git repository. */
export async function missingRepo(repo: Repo): Promise<Fault | null> {
  const hint = repo.url ? 'run pull first' : 'set REPO_DIR to a clone of the configuration, or give REPO_URL';
  if (!(await isFolder(repo.dir))) return { exitCode: 1, message: `${repo.dir} is not a folder; ${hint}` };
  const isRepo = await exists(join(repo.dir, '.git'));
  return isRepo ? null : { exitCode: 1, message: `${repo.dir} is not a git repository; ${hint}` };
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
