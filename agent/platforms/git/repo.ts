import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from '../step/fault.ts';
import { unfinishedChange } from './tree-mark.ts';

/** The clone of the fleet's configuration on this host. */
export type Repo = {
  /** Absolute. */
  dir: string;
  /** The remote of an isolated clone, which is Switchyard's alone; null if `dir` is a person's checkout. */
  url: string | null;
  branch: string;
  /** The flake's folder in it, relative; the root if absent. */
  flakeDir?: string;
  /** The signers of which a commit needs a signature to be checked out: TRUSTED_SIGNERS. If absent or null, every commit is accepted. */
  signers?: string | null;
};

type RepoConfig = {
  repoDir: string | null;
  repoUrl: string | null;
  branch: string;
  stateDir: string;
  flakeDir?: string;
  trustedSigners?: string | null;
};

/** REPO_DIR, or with only REPO_URL a folder of STATE_DIR; null if the host has neither. */
export function repoOf({ repoDir, repoUrl, branch, stateDir, ...rest }: RepoConfig): Repo | null {
  const dir = repoDir ?? (repoUrl ? join(stateDir, 'repo') : null);
  const { flakeDir = '', trustedSigners: signers = null } = rest;
  return dir === null ? null : { dir, url: repoUrl, branch, flakeDir, signers };
}

/** Why an op that works on the checkout can't run: there is no repository, or a pull was cut short in it. */
export async function repoFault(repo: Repo): Promise<Fault | null> {
  const missing = await missingRepo(repo);
  if (missing || !(await unfinishedChange(repo.dir))) return missing;
  const message = `a pull was cut short while it changed the files in ${repo.dir}, which may be of two commits; run pull again`;
  return { exitCode: 1, message };
}

/** Why nothing can be built from the checkout: FLAKE_DIR names no flake. */
export async function flakeFault({ dir, flakeDir }: Repo): Promise<Fault | null> {
  if (!flakeDir || (await exists(join(dir, flakeDir, 'flake.nix')))) return null;
  const message = `${join(dir, flakeDir)} has no flake.nix; set FLAKE_DIR to the folder of the flake, or pull it first`;
  return { exitCode: 1, message };
}

/** Why there is nothing to pull into: `dir` is missing, or is not a git repository. */
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
