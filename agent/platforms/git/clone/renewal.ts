import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncPath } from '../../../../shared/files/durable-file.ts';
import { makeFolder } from '../../../../shared/files/make-folder.ts';
import { writeEvidence } from '../../step/evidence.ts';
import type { StepIo } from '../../step/step-program.ts';
import { syncFiles } from '../../step/sync-files.ts';
import { readRepoCommit } from '../repo-facts.ts';
import { markChange, unfinishedChange } from '../tree-mark.ts';
import { askClone, runInClone } from './clone-git.ts';
import { carryOver, pointAtRemote, readCloneConfig } from './config.ts';
import { fetchBranch, remoteRef } from './fetch.ts';
import { markAsOurs } from './ownership.ts';

/**
 * A clone of ours that git can't use any more is remade.
 * R1  The new one is made, and the branch fetched into it, beside the old one, which stays untouched until then: trouble with the
 *    remote or the disk loses nothing.
 * R2  Then the git folders change places: the old one goes aside, the new one into its place. A crash between the two leaves no
 *    `.git`, and a complete new one; the next pull finishes it.
 * R3  The new one carries the mark of a pull that is changing files before it is in place: the files are rewritten from it.
 */
const BESIDE = '.git.switchyard-new';
const ASIDE = 'old';

/** The facts of a clone that a pull needs. */
export type CloneOf = { dir: string; url: string; branch: string };

/** Makes our empty clone in `dir`, in the remote's format. Resolves to git's exit status. */
export async function makeClone(io: StepIo, { dir, url, branch }: CloneOf): Promise<number> {
  const listed = await askClone(io, dir, '--git-dir=/nonexistent', 'ls-remote', '--', url, `refs/heads/${branch}`);
  const format = listed !== null && /^[0-9a-f]{64}\t/.test(listed) ? 'sha256' : 'sha1';
  const formats = ['--template=', `--object-format=${format}`];
  const made = await runInClone(io, dir, '-c', 'init.defaultRefFormat=files', 'init', '--quiet', ...formats);
  if (made.code !== 0) return made.code;
  await markAsOurs(dir);
  const config = (await readCloneConfig(io, join(dir, '.git'))) ?? new Map();
  return pointAtRemote(io, config, dir, url);
}

/** Remakes the git folder of our clone, with the branch in it, because of `damage`. Resolves to git's exit status. */
export async function renew(io: StepIo, clone: CloneOf, damage: string): Promise<number> {
  const { dir, branch } = clone;
  const gitDir = join(dir, '.git');
  io.say(`the clone ${dir} is damaged (${damage}): making it anew`);
  const beside = join(dir, BESIDE);
  await rm(beside, { recursive: true, force: true });
  const code = await makeBeside(io, { ...clone, dir: beside }, gitDir);
  if (code !== 0) {
    await rm(beside, { recursive: true, force: true });
    return code;
  }
  // The commit that a later pull is compared with.
  const from = (await readRepoCommit(dir)) ?? (await unfinishedChange(dir))?.from ?? 'none';
  await markChange(beside, { from, to: remoteRef(branch) });
  await syncFiles(io, beside);
  await rename(gitDir, join(beside, ASIDE));
  await endRenewal(dir);
  const told = `the clone was damaged (${damage}) and made anew`;
  io.say(told);
  await writeEvidence(io, 'repaired', told);
  return 0;
}

/** Finishes a renewal that was cut short between its two steps, or clears away one that was cut before. */
export async function endRenewal(dir: string): Promise<void> {
  const beside = join(dir, BESIDE);
  const [entries, made] = await Promise.all([list(dir), list(beside)]);
  if (!entries.includes(BESIDE)) return;
  if (!entries.includes('.git') && made.includes('.git') && made.includes(ASIDE)) {
    await rename(join(beside, '.git'), join(dir, '.git'));
    await syncPath(dir);
  }
  await rm(beside, { recursive: true, force: true });
}

const list = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

async function makeBeside(io: StepIo, clone: CloneOf, oldGitDir: string): Promise<number> {
  makeFolder(clone.dir);
  const made = await makeClone(io, clone);
  if (made !== 0) return made;
  const old = await readCloneConfig(io, oldGitDir);
  if (old) await carryOver(old, clone.dir);
  return (await fetchBranch(io, clone.dir, clone.branch)).code;
}
