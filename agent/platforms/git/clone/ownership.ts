import { access, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../../../shared/files/durable-file.ts';
import type { StepIo } from '../../step/step-program.ts';
import { shownRemote } from '../git.ts';
import { askClone } from './clone-git.ts';
import { type CloneConfig, ORIGIN, readCloneConfig } from './config.ts';

export type Ownership =
  | { kind: 'none' }
  | { kind: 'ours'; config: CloneConfig | null }
  | { kind: 'adopted'; config: CloneConfig }
  | { kind: 'foreign'; reason: string };

/** Marks a git folder as ours: a file, because its existence outlasts a power cut that takes its text. */
const MARK = 'switchyard-clone';

/** The mark of earlier agents, in the clone's configuration. */
const OLD_MARK = 'switchyard.clone';

export const markAsOurs = (dir: string): Promise<void> =>
  writeFile(join(dir, '.git', MARK), 'Switchyard makes this clone equal to its remote, whatever is in it.\n');

/** The owner of the folder `dir` (clone.ts, G1). */
export async function findOwnership(io: StepIo, dir: string, url: string): Promise<Ownership> {
  let entries: string[];
  try {
    entries = await readdir(dir);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { kind: 'none' };
    return { kind: 'foreign', reason: `cannot be read as a folder: ${(error as Error).message}` };
  }
  if (entries.length === 0) return { kind: 'none' };
  if (!entries.includes('.git')) return { kind: 'foreign', reason: 'is not a git repository, and not empty' };

  // Reads only this folder's config: git would go on to a repository around it.
  const gitDir = join(dir, '.git');
  const config = await readCloneConfig(io, gitDir);
  const isMarked = await access(join(gitDir, MARK)).then(
    () => true,
    () => false,
  );
  if (isMarked || config?.get(OLD_MARK)?.at(-1) === 'true') return { kind: 'ours', config };
  if (entries.length === 1 && (await isUnborn(io, gitDir))) return { kind: 'none' };
  const origin = config?.get(ORIGIN)?.at(-1);
  if (config === null || origin !== url)
    return {
      kind: 'foreign',
      reason: `is a git repository of ${shownRemote(origin ?? 'no remote')}, not of ${shownRemote(url)}`,
    };
  const changes = await askClone(io, dir, 'status', '--porcelain', '--untracked-files=all', '--ignore-submodules=none');
  const isOwn = changes === '' && (await hasWork(io, gitDir));
  if (changes === '' && !isOwn) return { kind: 'adopted', config };
  const words = isOwn ? 'with commits, a stash or worktrees of its own, or in a submodule' : 'with uncommitted changes';
  return { kind: 'foreign', reason: `is a checkout ${changes === null ? 'that git cannot read' : words}` };
}

/** Whether nothing was ever fetched here. An unreadable folder with objects may be a person's. */
async function isUnborn(io: StepIo, gitDir: string): Promise<boolean> {
  const commit = await askClone(io, '.', '--git-dir', gitDir, 'rev-list', '--all', '--max-count=1');
  if (commit !== null) return commit === '';
  const objects = await readdir(join(gitDir, 'objects'), { recursive: true, withFileTypes: true }).catch(() => []);
  return !objects.some((entry) => entry.isFile());
}

/** Whether a clone holds something that could not be fetched again: a pull resets it, and may remake it. */
async function hasWork(io: StepIo, gitDir: string): Promise<boolean> {
  const own = ['rev-list', '--max-count=1', '--exclude=refs/tags/*', '--all', '--not', '--remotes'];
  const worktrees = await readdir(join(gitDir, 'worktrees')).catch(() => []);
  // A missing core.worktree says nothing of its commits.
  const asked = ['--git-dir', gitDir, '-c', 'core.bare=true', '-c', 'core.worktree='];
  if (worktrees.length > 0 || (await askClone(io, '.', ...asked, ...own)) !== '') return true;
  for (const submodule of await listSubmodules(join(gitDir, 'modules'))) if (await hasWork(io, submodule)) return true;
  return false;
}

/** The git folders of submodules, including those that the commit no longer has. Their names may contain slashes. */
async function listSubmodules(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.some(({ name }) => name === 'HEAD')) return [folder];
  const folders = entries.filter((entry) => entry.isDirectory());
  return (await Promise.all(folders.map(({ name }) => listSubmodules(join(folder, name))))).flat();
}
