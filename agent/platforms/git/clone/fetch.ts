import type { StepIo } from '../../step/step-program.ts';
import { exposedSecret, type GitEnd } from '../git.ts';
import { askClone, runInClone } from './clone-git.ts';

export const remoteRef = (branch: string): string => `refs/remotes/origin/${branch}`;

/** Fetches the one branch that the clone is for, by nothing but what is said here. */
export async function fetchBranch(io: StepIo, dir: string, branch: string): Promise<GitEnd> {
  const exposed = await exposedSecret(io, dir, 'origin');
  if (exposed !== null) {
    io.say(exposed);
    return { code: 1, stdout: '', stderr: exposed };
  }
  await dropRefsInTheWay(io, dir, branch);
  // A remote that is shallow itself: without this git fetches nothing of it, warns, and ends with 0.
  const options = ['--no-tags', '--refmap=', '--no-recurse-submodules', '--update-shallow'];
  return runInClone(io, dir, 'fetch', ...options, 'origin', `+refs/heads/${branch}:${remoteRef(branch)}`);
}

/** No ref can be below another: where the branch was `release` and is `release/24.05` now, or the reverse, the old one is in the way. */
async function dropRefsInTheWay(io: StepIo, dir: string, branch: string): Promise<void> {
  const wanted = [`refs/heads/${branch}`, remoteRef(branch)];
  const listed = (await askClone(io, dir, 'for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/remotes')) ?? '';
  for (const name of listed.split('\n')) {
    const isInTheWay = wanted.some((ref) => name.startsWith(`${ref}/`) || ref.startsWith(`${name}/`));
    if (isInTheWay) await runInClone(io, dir, 'update-ref', '--no-deref', '-d', name);
  }
}
