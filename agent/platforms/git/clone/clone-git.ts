import type { StepIo } from '../../step/step-program.ts';
import { askGit, type GitEnd, gitConfig, runGit, runGitWithout } from '../git.ts';

/**
 * What the configuration of git's user must not change in a clone that is Switchyard's alone: its files are those of the commit, no
 * hook runs, no submodule is entered, and what is written survives a power cut as far as git can see to it.
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

/** Shown, as all that changes something. */
export const runInClone = (io: StepIo, dir: string, ...args: string[]): Promise<GitEnd> =>
  runGit(io, dir, ...OURS, ...args);

export const askClone = (io: StepIo, dir: string, ...args: string[]): Promise<string | null> =>
  askGit(io, dir, ...OURS, ...args);

/**
 * Git says it of an object that is whole and not formed as it forms one today, as many are in old histories (`error in commit ID:
 * missingSpaceBeforeDate: …`).
 */
const ILL_FORMED = /^error in (commit|tree|tag|blob) [0-9a-f]+: \w+: /;

/** Its end where nothing worse than such objects was found is one of `git fsck` with nothing on stderr that begins with `error` or `fatal`. */
export const checkClone = (io: StepIo, dir: string): Promise<GitEnd> =>
  runGitWithout(io, dir, ILL_FORMED, ...OURS, 'fsck', '--no-dangling', '--no-progress');
