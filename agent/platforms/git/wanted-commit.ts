import { readFile, writeFile } from 'node:fs/promises';
import type { FailureCode } from '../../../shared/model/report.ts';
import type { Step } from '../../spool/platform.ts';
import { failAs } from '../step/evidence.ts';
import type { StepIo } from '../step/step-program.ts';
import { askGit, type GitEnd, runGit } from './git.ts';
import { unfinishedChange } from './tree-mark.ts';

/**
 * The commit that a pull should check out, decided once, after its fetch (docs/protocol.md section 6). The following steps read
 * it from the command's own folder: in a person's checkout the fetched ref is theirs, and may move meanwhile.
 */
export type Wanted = {
  /** Where it is written. */
  file: string;
  /** In place of the branch's newest; null for the newest. */
  commit: string | null;
  /** Even if it is older than the checked-out commit. */
  allowOlder: boolean;
};

/** A pull in two parts: the first changes none of the files. */
export type PullSteps = { fetch: Step[]; checkout: Step[] };

/** As the last arguments of a step. */
export const wantedArgs = ({ file, commit, allowOlder }: Wanted): string[] => [
  file,
  commit ?? '',
  allowOlder ? 'older' : '',
];

export const wantedOf = ([file = '', commit = '', older = '']: readonly string[]): Wanted => ({
  file,
  commit: commit === '' ? null : commit,
  allowOlder: older !== '',
});

export const readWanted = async (file: string): Promise<string> => (await readFile(file, 'utf8')).trim();

/** Not 0 or 1: git could not say. */
const NO: readonly number[] = [0, 1];

/**
 * Decides which commit to check out, `ref` being the fetched one, and writes it down. Ends as git does if git can't answer, and
 * with 1 and a failure of its own if the commit must not be taken.
 */
export async function chooseCommit(io: StepIo, dir: string, ref: string, wanted: Wanted): Promise<GitEnd> {
  const there = await runGit(io, dir, 'cat-file', '-e', `${ref}^{commit}`);
  if (there.code !== 0) return there;
  const tip = (await commitOf(io, dir, ref)) ?? '';
  const { commit, file } = wanted;
  if (commit !== null) {
    const refusal = await refusalOf(io, dir, { ...wanted, commit, tip });
    if (refusal !== null) return refusal;
  }
  await writeFile(file, `${commit ?? tip}\n`);
  return DONE;
}

const DONE: GitEnd = { code: 0, stdout: '', stderr: '' };

type Pinned = Pick<Wanted, 'allowOlder'> & { commit: string; tip: string };

async function refusalOf(io: StepIo, dir: string, { commit, tip, allowOlder }: Pinned): Promise<GitEnd | null> {
  const onBranch = (await isCommit(io, dir, commit, tip))
    ? await isAncestor(io, dir, commit, tip)
    : { ...DONE, code: 1 };
  if (!NO.includes(onBranch.code)) return onBranch;
  if (onBranch.code === 1)
    return refuse(io, 'commit_not_on_branch', `${commit} is not on the branch, whose newest commit is ${tip}`);
  if (allowOlder) return null;
  const current = await checkedOut(io, dir);
  if (current === null || current === commit) return null;
  const older = await isAncestor(io, dir, commit, current);
  if (!NO.includes(older.code)) return older;
  return older.code === 0
    ? refuse(io, 'older_commit', `${commit} is older than ${current}, which is checked out; nothing was changed`)
    : null;
}

/** By its whole id: git would also accept the beginning of a longer one, and a tag. An unreadable object may still be one. */
async function isCommit(io: StepIo, dir: string, commit: string, tip: string): Promise<boolean> {
  if (commit.length !== tip.length || (await askGit(io, dir, 'cat-file', '-e', commit)) === null) return false;
  return ((await askGit(io, dir, 'cat-file', '-t', commit)) ?? 'commit') === 'commit';
}

/** A pull that was cut short, or a renewed clone, may have left no HEAD, only its origin. */
async function checkedOut(io: StepIo, dir: string): Promise<string | null> {
  const head = await commitOf(io, dir, 'HEAD');
  return head ?? commitOf(io, dir, (await unfinishedChange(dir))?.from ?? 'none');
}

const commitOf = (io: StepIo, dir: string, name: string): Promise<string | null> =>
  askGit(io, dir, 'rev-parse', '--verify', '--quiet', `${name}^{commit}`);

const isAncestor = (io: StepIo, dir: string, older: string, newer: string): Promise<GitEnd> =>
  runGit(io, dir, 'merge-base', '--is-ancestor', older, newer);

async function refuse(io: StepIo, code: FailureCode, message: string): Promise<GitEnd> {
  return { ...DONE, code: await failAs(io, code, message) };
}
