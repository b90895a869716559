import { dirname } from 'node:path';
import type { Step } from '../../spool/platform.ts';
import type { StepIo } from '../step/step-program.ts';

/**
 * Git asks nobody: a remote that wants a password fails at once. And where `dir` is no repository any more it does not go on with
 * one around it.
 */
export const gitEnv = (dir: string) => ({ GIT_TERMINAL_PROMPT: '0', GIT_CEILING_DIRECTORIES: dirname(dir) });

/** Housekeeping stays in the foreground: in the background it would outlive the command, and be ended as a leftover. */
const FOREGROUND = ['-c', 'gc.autoDetach=false', '-c', 'maintenance.autoDetach=false'] as const;

/** A git command that changes something in `dir`. */
export const gitIn = (dir: string, ...args: string[]): [string, ...string[]] => [
  'git',
  '-C',
  dir,
  ...FOREGROUND,
  ...args,
];

export const gitStep = (phase: string, dir: string, ...args: string[]): Step => ({
  phase,
  argv: gitIn(dir, ...args),
  env: gitEnv(dir),
});

/** Asks git about `dir`; null where it fails, and git's own words stay unsaid. */
export async function askGit(io: StepIo, dir: string, ...args: string[]): Promise<string | null> {
  const { code, stdout } = await io.run(['git', '-C', dir, ...args], { stdout: 'taken', stderr: 'dropped' });
  return code === 0 ? stdout.trim() : null;
}

/** A remote as it may be shown: without the user and password that a URL can carry. */
export const shownRemote = (url: string): string => url.replace(/\/\/[^/@]*@/, '//');
