import type { StepIo } from '../../step/step-program.ts';
import { askGit, type GitEnd, gitConfig, runGit, runGitWithout } from '../git.ts';

/**
 * Settings that git's user must not change in Switchyard's own clone: its files are those of the commit, no hook runs, no
 * submodule is entered, and writes survive a power cut as far as git can ensure it.
 */
const OURS = gitConfig([
  'core.hooksPath=/dev/null',
  'core.autocrlf=false',
  'core.safecrlf=false',
  'core.trustctime=true',
  'core.checkStat=default',
  'core.splitIndex=false',
  'core.untrackedCache=false',
  'core.ignoreStat=false',
  'core.sparseCheckout=false',
  'core.bigFileThreshold=512m',
  'core.fsync=all',
  'core.fsyncMethod=batch',
  'index.skipHash=false',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
]);

/** Shown, because it changes something. */
export const runInClone = (io: StepIo, dir: string, ...args: string[]): Promise<GitEnd> =>
  runGit(io, dir, ...OURS, ...args);

export const askClone = (io: StepIo, dir: string, ...args: string[]): Promise<string | null> =>
  askGit(io, dir, ...OURS, ...args);

/** Git's message for an intact object in an old form, as many in old histories are (`error in commit ID: missingSpaceBeforeDate: …`). */
const ILL_FORMED = /^error in (commit|tree|tag|blob) [0-9a-f]+: \w+: /;

/** With nothing worse than such objects, `git fsck` ends with no stderr line that begins with `error` or `fatal`. */
export const checkClone = (io: StepIo, dir: string): Promise<GitEnd> =>
  runGitWithout(io, dir, ILL_FORMED, ...OURS, 'fsck', '--no-dangling', '--no-progress');
