import type { StepIo } from '../../step/step-program.ts';
import { exposedSecret, type GitEnd } from '../git.ts';
import { askClone, runInClone } from './clone-git.ts';

export const remoteRef = (branch: string): string => `refs/remotes/origin/${branch}`;

/** Fetches the clone's one branch, using only the settings given here. */
export async function fetchBranch(io: StepIo, dir: string, branch: string): Promise<GitEnd> {
  const exposed = await exposedSecret(io, dir, 'origin');
  if (exposed !== null) {
    io.say(exposed);
    return { code: 1, stdout: '', stderr: exposed };
  }
  await dropRefsInTheWay(io, dir, branch);
  // For a remote that is itself shallow: without this git fetches nothing from it, warns, and ends with 0.
  const options = ['--no-tags', '--refmap=', '--no-recurse-submodules', '--update-shallow'];
  return runInClone(io, dir, 'fetch', ...options, 'origin', `+refs/heads/${branch}:${remoteRef(branch)}`);
}

/** No ref can be below another: if the branch was `release` and is now `release/24.05`, or the reverse, the old ref is in the way. */
async function dropRefsInTheWay(io: StepIo, dir: string, branch: string): Promise<void> {
  const wanted = [`refs/heads/${branch}`, remoteRef(branch)];
  const listed = (await askClone(io, dir, 'for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/remotes')) ?? '';
  for (const name of listed.split('\n')) {
    const isInTheWay = wanted.some((ref) => name.startsWith(`${ref}/`) || ref.startsWith(`${name}/`));
    if (isInTheWay) await runInClone(io, dir, 'update-ref', '--no-deref', '-d', name);
  }
}
