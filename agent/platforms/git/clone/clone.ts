import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../../../shared/files/make-folder.ts';
import type { Self, StepIo, StepProgram } from '../../step/step-program.ts';
import { syncFiles } from '../../step/sync-files.ts';
import { type GitEnd, gitStep, shownRemote } from '../git.ts';
import { markChange, unfinishedChange, unmarkChange } from '../tree-mark.ts';
import { dropUnfinished } from '../unfinished.ts';
import { chooseCommit, type PullSteps, readWanted, type Wanted, wantedArgs, wantedOf } from '../wanted-commit.ts';
import { askClone, runInClone } from './clone-git.ts';
import { type CloneConfig, ORIGIN, pointAtRemote } from './config.ts';
import { damageOf, isReadable } from './damage.ts';
import { fetchBranch, remoteRef } from './fetch.ts';
import { dropBrokenIndex } from './index-file.ts';
import { removeLocks } from './locks.ts';
import { findOwnership, markAsOurs } from './ownership.ts';
import { type CloneOf, endRenewal, makeClone, renew } from './renewal.ts';

/**
 * The isolated clone: a folder of Switchyard's alone, which every pull makes equal to the remote branch.
 * G1  Nothing is changed in a folder that isn't ours. Ours is: a folder with our mark; a missing or empty one; a git folder
 *    without a commit (our own first pull, ended too early); a clone of the same remote without changes, commits,
 *    stashes or worktrees of its own, in submodules too, which is adopted.
 * G2  One command works on a clone at a time and its whole tree is ended with it. So a lock file present when a pull begins
 *    belongs to a killed git.
 * G3  If git can't use it, and not because of the remote, it is remade (renewal.ts).
 */

/** Every step leaves the clone in a state from which the next pull succeeds. */
export const pullClone = (self: Self, { dir, url, branch }: CloneOf, wanted: Wanted): PullSteps => ({
  fetch: [
    gitStep(self, 'prepare', 'prepare-clone', dir, url, branch),
    gitStep(self, 'fetch', 'fetch-clone', dir, url, branch, ...wantedArgs(wanted)),
  ],
  checkout: [gitStep(self, 'checkout', 'checkout-clone', dir, url, branch, wanted.file)],
});

const cloneOf = ([dir = '', url = '', branch = '']: readonly string[]): CloneOf => ({ dir, url, branch });

/** `prepare-clone DIR URL BRANCH`: makes sure that DIR is our clone, without locks, and its origin is URL. */
export const prepareClone: StepProgram = async (args, io) => {
  const clone = cloneOf(args);
  const { dir, url } = clone;
  await endRenewal(dir);
  const ownership = await findOwnership(io, dir, url);
  if (ownership.kind === 'foreign') {
    io.say(`${dir} ${ownership.reason}; move it away, or unset REPO_URL to pull into it without resetting it`);
    return 1;
  }
  const gitDir = join(dir, '.git');
  for (const lock of await removeLocks(gitDir)) io.say(`removed ${lock}, left by a git that was ended`);
  if (ownership.kind === 'none') {
    io.say(`making the clone ${dir}`);
    makeFolder(dir);
    return makeClone(io, clone);
  }
  if (ownership.kind === 'adopted') {
    io.say(`taking over the clone ${dir}`);
    await markAsOurs(dir);
  }
  return mend(io, clone, ownership.config);
};

/** Gets our clone ready for a fetch. */
async function mend(io: StepIo, clone: CloneOf, config: CloneConfig | null): Promise<number> {
  const { dir, url } = clone;
  if (await dropBrokenIndex(join(dir, '.git'))) io.say('removed a damaged index; git makes a new one');
  const asked = await runInClone(io, dir, 'rev-parse');
  // Another owner could make git, which may be root's, run anything.
  if (asked.stderr.includes('dubious ownership')) return asked.code;
  if (asked.code !== 0 || config === null) return renew(io, clone, 'git cannot read it');
  if (config.has('extensions.refstorage')) return renew(io, clone, 'its refs are in another format than files');
  const origin = config.get(ORIGIN) ?? [];
  if (origin.at(-1) !== url)
    io.say(`the remote was ${shownRemote(origin.at(-1) ?? 'not set')}, it is ${shownRemote(url)} now`);
  await markAsOurs(dir);
  return pointAtRemote(io, config, dir, url);
}

/** `fetch-clone DIR URL BRANCH WANTED…`: fetches the present commit of BRANCH from the remote, and decides which commit to check out. */
export const fetchClone: StepProgram = async (args, io) => {
  const clone = cloneOf(args);
  const { dir, branch } = clone;
  const choose = () => chooseCommit(io, dir, remoteRef(branch), wantedOf(args.slice(3)));
  const fetched = await fetchBranch(io, dir, branch);
  const end = fetched.code === 0 ? await choose() : fetched;
  const damage = await damageOf(io, dir, end === fetched || end.stderr !== '' ? end : fetched);
  if (damage === null) return end.code;
  const renewed = await renew(io, clone, damage);
  return renewed === 0 ? (await choose()).code : renewed;
};

/**
 * `checkout-clone DIR URL BRANCH FILE`: makes our clone's files those of the commit in FILE, from any state.
 */
export const checkoutClone: StepProgram = async (args, io) => {
  const clone = cloneOf(args);
  const { dir } = clone;
  const commit = await readWanted(args[3] ?? '');
  if (!(await isReadable(io, dir, commit))) {
    const code = await renew(io, clone, 'a file of the commit cannot be read');
    if (code !== 0) return code;
  }
  const end = await checkOut(io, clone, commit);
  const damage = await damageOf(io, dir, end);
  if (damage === null) return end.code;
  const renewed = await renew(io, clone, damage);
  return renewed === 0 ? (await checkOut(io, clone, commit)).code : renewed;
};

async function checkOut(io: StepIo, { dir, branch }: CloneOf, commit: string) {
  const from = (await askClone(io, dir, 'rev-parse', '--verify', 'HEAD')) ?? (await unfinishedChange(dir))?.from;
  await markChange(dir, { from: from ?? 'none', to: commit });
  await dropUnfinished(join(dir, '.git'));
  await forgetIndex(io, dir, commit);
  const commands = [
    ['symbolic-ref', 'HEAD', `refs/heads/${branch}`],
    ['reset', '--hard', commit],
    ['clean', '-ffd'],
  ];
  let end: GitEnd = { code: 0, stdout: '', stderr: '' };
  for (const args of commands) {
    end = await runInClone(io, dir, ...args);
    if (end.code !== 0) return end;
  }
  await syncFiles(io, dir);
  await unmarkChange(dir);
  return end;
}

/**
 * The index keeps files from an update: hidden ones (sparse checkouts, `--skip-worktree`), and ones written under older attributes.
 * Without it all files are rewritten.
 */
async function forgetIndex(io: StepIo, dir: string, ref: string): Promise<void> {
  const changed = await askClone(io, dir, 'diff', '--name-only', 'HEAD', ref, '--', ':(top,glob)**/.gitattributes');
  const flags = await askClone(io, dir, 'ls-files', '-v');
  if (changed || /^(?:S|[a-z]) /m.test(flags ?? '')) await rm(join(dir, '.git', 'index'), { force: true });
}
