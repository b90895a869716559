import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Step } from '../../spool/platform.ts';
import { programStep, type Self, type StepIo, type StepProgram } from '../step/step-program.ts';
import { askGit, gitEnv, gitIn, gitStep, shownRemote } from './git.ts';
import type { Repo } from './repo.ts';
import { markChange, unmarkChange } from './tree-mark.ts';
import { dropUnfinished } from './unfinished.ts';

/**
 * The isolated clone: a folder that is Switchyard's alone and made equal to the remote branch by every pull, whatever was in it.
 *
 * G1  Nothing is changed in a folder that isn't ours. Ours is: what carries our mark; what is missing or empty; a git folder
 *     without a commit (our own first pull, ended too early); an unchanged clone of the very remote, which is adopted.
 * G2  One command works on a clone at a time and its whole tree is ended with it. So a lock file that is there when a pull
 *     begins belongs to a git that was killed.
 */
const MARK = 'switchyard.clone';

/** Every step leaves the clone in a state from which the next pull goes through. */
export function pullClone(self: Self, repo: Repo & { url: string }): Step[] {
  const { dir, url, branch } = repo;
  const remoteRef = `refs/remotes/origin/${branch}`;
  return [
    programStep(self, 'prepare', 'prepare-clone', dir, url),
    gitStep('fetch', dir, 'fetch', '--no-tags', '--prune', 'origin', `+refs/heads/${branch}:${remoteRef}`),
    { ...programStep(self, 'checkout', 'checkout-clone', dir, branch, remoteRef), env: gitEnv(dir) },
    programStep(self, 'record', 'record-pull', dir, remoteRef),
  ];
}

/** `prepare-clone DIR URL`: makes sure that DIR is a clone of ours, without locks, whose origin is URL. */
export const prepareClone: StepProgram = async ([dir = '', url = ''], io) => {
  const ownership = await findOwnership(io, dir, url);
  if (ownership.kind === 'foreign') {
    io.say(`${dir} ${ownership.reason}; move it away, or unset REPO_URL to pull into it without resetting it`);
    return 1;
  }
  const gitDir = join(dir, '.git');
  for (const lock of await removeLocks(gitDir)) io.say(`removed ${lock}, left by a git that was ended`);
  const isBroken = ownership.kind === 'ours' && (await askGit(io, '.', '--git-dir', gitDir, 'rev-parse')) === null;
  if (ownership.kind === 'ours' && ownership.origin === url && !isBroken) return 0;
  // Cut short by a power cut, say; `git init` makes it only where it is missing.
  if (isBroken) await rm(join(gitDir, 'HEAD'), { force: true });

  await mkdir(dir, { recursive: true });
  if (isBroken) io.say(`git cannot read the clone ${dir}: making it anew`);
  else if (ownership.kind === 'ours')
    io.say(`the remote was ${shownRemote(ownership.origin || 'not set')}, it is ${shownRemote(url)} now`);
  else io.say(`${ownership.kind === 'adopted' ? 'taking over' : 'making'} the clone ${dir}`);
  const commands = [
    ['init', '--quiet'],
    ['config', 'remote.origin.url', url],
    ['config', MARK, 'true'],
  ];
  for (const args of commands) {
    const { code } = await io.run(['git', '-C', dir, ...args]);
    if (code !== 0) return code;
  }
  return 0;
};

/** `checkout-clone DIR BRANCH REF`: makes the files of our clone those of REF, whatever they are, or somebody was about to do there. */
export const checkoutClone: StepProgram = async ([dir = '', branch = '', ref = ''], io) => {
  await markChange(dir, { from: (await askGit(io, dir, 'rev-parse', '--verify', 'HEAD')) ?? 'none', to: ref });
  await dropUnfinished(join(dir, '.git'));
  const commands = [
    ['symbolic-ref', 'HEAD', `refs/heads/${branch}`],
    ['reset', '--hard', ref],
    ['clean', '-ffd'],
  ];
  for (const args of commands) {
    const { code } = await io.run(gitIn(dir, ...args));
    if (code !== 0) return code;
  }
  await unmarkChange(dir);
  return 0;
};

type Ownership =
  | { kind: 'none' }
  | { kind: 'ours'; origin: string | null }
  | { kind: 'adopted' }
  | { kind: 'foreign'; reason: string };

async function findOwnership(io: StepIo, dir: string, url: string): Promise<Ownership> {
  let entries: string[];
  try {
    entries = await readdir(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'none' };
    return { kind: 'foreign', reason: `cannot be read as a folder: ${(error as Error).message}` };
  }
  if (entries.length === 0) return { kind: 'none' };
  if (!entries.includes('.git')) return { kind: 'foreign', reason: 'is not a git repository, and not empty' };

  // Only this very folder's config is asked: git would go on with a repository around it.
  const gitDir = join(dir, '.git');
  const config = ['config', '--file', join(gitDir, 'config'), '--get'] as const;
  const origin = await askGit(io, '.', ...config, 'remote.origin.url');
  if ((await askGit(io, '.', ...config, MARK)) === 'true') return { kind: 'ours', origin };
  if (entries.length === 1 && !(await askGit(io, '.', '--git-dir', gitDir, 'rev-list', '--all', '--max-count=1')))
    return { kind: 'none' };
  if (origin !== url)
    return {
      kind: 'foreign',
      reason: `is a git repository of ${shownRemote(origin ?? 'no remote')}, not of ${shownRemote(url)}`,
    };
  const changes = await askGit(io, dir, 'status', '--porcelain');
  if (changes === '') return { kind: 'adopted' };
  return {
    kind: 'foreign',
    reason: `is a checkout ${changes === null ? 'that git cannot read' : 'with uncommitted changes'}`,
  };
}

/** Removes every lock file of git's under `gitDir` but in its object store, which has none; resolves to their names. */
async function removeLocks(gitDir: string): Promise<string[]> {
  const top = await readdir(gitDir).catch(() => []);
  const refs = await readdir(join(gitDir, 'refs'), { recursive: true }).catch(() => []);
  const locks = [...top, ...refs.map((name) => join('refs', name))].filter((name) => name.endsWith('.lock'));
  for (const lock of locks) await rm(join(gitDir, lock), { force: true });
  return locks;
}
