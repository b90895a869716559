import { lstat, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Self, StepIo, StepProgram } from '../step/step-program.ts';
import { syncFiles } from '../step/sync-files.ts';
import { findGitDir } from './dir.ts';
import { askGit, exposedSecret, gitStep, runGit } from './git.ts';
import { missingRepo, type Repo } from './repo.ts';
import { markChange, type TreeChange, unfinishedChange, unmarkChange } from './tree-mark.ts';
import { unfinishedWork } from './unfinished.ts';
import { chooseCommit, type PullSteps, readWanted, type Wanted, wantedArgs, wantedOf } from './wanted-commit.ts';

/** Without the summary of changes: if an old file can't be read, that fails after everything is done. */
const FORWARD = ['merge', '--ff-only', '--no-stat'] as const;

/** Refuses like a fast-forward: where a differing file has a person's changes. */
const BACK = ['reset', '--quiet', '--keep'] as const;

const remoteRef = (branch: string): string => `refs/remotes/origin/${branch}`;

/**
 * A pull into a person's checkout: fetch, then fast-forward. It never merges or switches branches, and goes back only when told
 * to and no work of theirs is lost. `fetch` changes none of the files.
 */
export const pullCheckout = (self: Self, { dir, branch, signers }: Repo, wanted: Wanted): PullSteps => ({
  fetch: [
    gitStep(self, 'prepare', 'inspect-checkout', dir, branch),
    gitStep(self, 'fetch', 'fetch-branch', dir, branch, signers ? 'signed' : '', ...wantedArgs(wanted)),
  ],
  checkout: [gitStep(self, 'checkout', 'checkout-branch', dir, remoteRef(branch), ...wantedArgs(wanted))],
});

/** `inspect-checkout DIR BRANCH`: fails unless DIR is a git repository with BRANCH (or a bare commit) checked out, and nobody at work in it. */
export const inspectCheckout: StepProgram = async ([dir = '', branch = ''], io) => {
  const fault = await missingRepo({ dir, url: null, branch });
  if (fault) {
    io.say(fault.message);
    return fault.exitCode;
  }
  const work = await unfinishedWork(await findGitDir(dir));
  if (work) {
    io.say(`${dir} is in the middle of ${work}; finish or abort it there, then pull again`);
    return 1;
  }
  const current = await askGit(io, dir, 'symbolic-ref', '--short', '--quiet', 'HEAD');
  if (current === null || current === branch) return 0;
  io.say(`${dir} has the branch ${current} checked out, not ${branch}; check it out there, or set BRANCH`);
  return 1;
};

/**
 * `fetch-branch DIR BRANCH SIGNED WANTED…`: fetches the present commit of BRANCH from the checkout's remote, and decides which
 * commit to check out. If that must be signed, git does not look into the new commits for submodules that have moved.
 */
export const fetchBranch: StepProgram = async ([dir = '', branch = '', signed = '', ...wanted], io) => {
  // The checkout and its remote belong to a person, so tell that person.
  const exposed = await exposedSecret(io, dir, 'origin');
  if (exposed !== null) io.say(`warning: ${exposed}`);
  // Not FETCH_HEAD: any other fetch of that person's overwrites it.
  const ref = remoteRef(branch);
  const options = ['--no-tags', ...(signed === '' ? [] : ['--no-recurse-submodules'])];
  const { code, stderr } = await runGit(io, dir, 'fetch', ...options, 'origin', `+refs/heads/${branch}:${ref}`);
  if (code !== 0) return code;
  // Git warns, takes nothing, and ends with 0. Accepting a cut history is not ours to decide.
  if (!/^warning: rejected .* shallow roots/m.test(stderr))
    return (await chooseCommit(io, dir, ref, wantedOf(wanted))).code;
  io.say(
    `the remote is a shallow clone itself; to take its history as it is: git -C ${dir} fetch --update-shallow origin`,
  );
  return 1;
};

/**
 * `checkout-branch DIR REF WANTED…`: fast-forwards to the chosen commit, which REF has. Git refuses before it changes anything if
 * that would overwrite a person's work.
 */
export const checkoutBranch: StepProgram = async ([dir = '', ref = '', ...rest], io) => {
  const readHead = async () => (await askGit(io, dir, 'rev-parse', '--verify', 'HEAD')) ?? 'none';
  const { file, allowOlder } = wantedOf(rest);
  const to = await readWanted(file);
  let head = await readHead();
  // If HEAD has moved since, a person has taken over.
  let begun = await unfinishedChange(dir);
  if (begun?.from === head) {
    const code = await finish(io, dir, begun);
    if (code !== 0) return code;
    begun = null;
    head = await readHead();
  }
  const changes = () => askGit(io, dir, 'status', '--porcelain', '-z');
  const before = await changes();
  const isBack = allowOlder && head !== to && (await isAncestor(io, dir, to, head));
  if (isBack && !(await isAncestor(io, dir, head, ref))) {
    io.say(`${dir} has commits on top of ${to} that its remote does not have; push them, or go back there by hand`);
    return 1;
  }
  if ((isBack || (await isAncestor(io, dir, head, to))) && !begun) await markChange(dir, { from: head, to });
  const { code } = await runGit(io, dir, ...(isBack ? BACK : FORWARD), to);
  const isRefused = !begun && (await changes()) === before;
  if (code === 0) await syncFiles(io, dir);
  if (code === 0 || isRefused) await unmarkChange(dir);
  if (code === 0) await tellOldSubmodules(io, dir);
  return code;
};

const isAncestor = async (io: StepIo, dir: string, older: string, newer: string): Promise<boolean> =>
  (await askGit(io, dir, 'merge-base', '--is-ancestor', older, newer)) !== null;

/** Git moves the commit recorded for a submodule, not its files: those are a person's to update. */
async function tellOldSubmodules(io: StepIo, dir: string): Promise<void> {
  const differing = await askGit(io, dir, 'diff-files', '--ignore-submodules=dirty', '--raw', '-z');
  const fields = differing?.split('\0') ?? [];
  for (const [index, field] of fields.entries())
    if (field.startsWith(':160000 160000 '))
      io.say(
        `the submodule ${fields[index + 1]} still has the files of another commit; to update it: git -C ${dir} submodule update`,
      );
}

/**
 * Finishes a fast-forward that was cut short, by git's own rules: git continues if the index has the final file, so files that
 * arrived are added to the index. A file that is neither the old nor the new one (cut too, or changed by a person since) is named
 * and not overwritten.
 */
async function finish(io: StepIo, dir: string, { from, to }: TreeChange): Promise<number> {
  io.say('a pull was cut short here; finishing it');
  const changed = await askGit(io, dir, 'diff', '--name-only', '--no-renames', '-z', from, to);
  const listFile = join(await findGitDir(dir), 'switchyard-arrived');
  await writeFile(listFile, (await onlyFiles(dir, changed?.split('\0') ?? [])).join('\0'));
  const list = [`--pathspec-from-file=${listFile}`, '--pathspec-file-nul'];
  const { code } = await runGit(io, dir, '--literal-pathspecs', 'add', '--force', ...list);
  await rm(listFile);
  if (code !== 0) return code;
  const merge = await runGit(io, dir, ...((await isAncestor(io, dir, from, to)) ? FORWARD : BACK), to);
  if (merge.code !== 0) io.say(`a file that is not your work: git -C ${dir} checkout HEAD -- FILE, then pull again`);
  return merge.code;
}

/** Git itself knows how to continue with files that are missing still, or gone already. */
async function onlyFiles(dir: string, names: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const name of names) {
    const found = name === '' ? null : await lstat(join(dir, name)).catch(() => null);
    if (found?.isFile() || found?.isSymbolicLink()) files.push(name);
  }
  return files;
}
