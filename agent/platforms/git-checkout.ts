import type { Step } from '../platform.ts';
import { askGit, gitStep } from './git.ts';
import { type Repo, repoFault } from './repo.ts';
import { programStep, type Self, type StepProgram } from './step-program.ts';

/** A pull into a person's checkout: fetch, then fast-forward. It never resets, merges or switches branches. */
export function pullCheckout(self: Self, { dir, branch }: Repo): Step[] {
  // Not FETCH_HEAD: any other fetch of that person's writes it anew.
  const remoteRef = `refs/remotes/origin/${branch}`;
  return [
    programStep(self, 'prepare', 'inspect-checkout', dir, branch),
    gitStep('fetch', dir, 'fetch', '--no-tags', 'origin', `+refs/heads/${branch}:${remoteRef}`),
    gitStep('checkout', dir, 'merge', '--ff-only', remoteRef),
    programStep(self, 'record', 'record-pull', dir, remoteRef),
  ];
}

/** `inspect-checkout DIR BRANCH`: fails unless DIR is a git repository with BRANCH (or a bare commit) checked out. */
export const inspectCheckout: StepProgram = async ([dir = '', branch = ''], io) => {
  const fault = await repoFault({ dir, url: null, branch });
  if (fault) {
    io.say(fault.message);
    return fault.exitCode;
  }
  const current = await askGit(io, dir, 'symbolic-ref', '--short', '--quiet', 'HEAD');
  if (current === null || current === branch) return 0;
  io.say(`${dir} has the branch ${current} checked out, not ${branch}; check it out there, or set BRANCH`);
  return 1;
};
