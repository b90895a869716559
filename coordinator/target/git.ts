import { execa } from 'execa';
import { ASKS_NOBODY, gitHint, gitWords } from '../../shared/programs/git-asking.ts';
import { letGoOf } from '../../shared/programs/held-open.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { afterLived } from '../../shared/time/lived-time.ts';

export type GitResult = { kind: 'done'; stdout: Uint8Array } | { kind: 'failed'; detail: string };

/** `gitDir`: the repository; without it git finds none, wherever the coordinator was started. `input` is git's stdin. */
export type GitOptions = { deadlineMs: number; signal: AbortSignal; gitDir?: string; input?: string };

/** Runs git with these arguments. Never throws; answers by the time `deadlineMs` have passed or `signal` is aborted. */
export type Git = (args: readonly string[], options: GitOptions) => Promise<GitResult>;

/** Variables that would point git at another repository: they are set if a git hook starts the coordinator. */
const ELSEWHERE = {
  GIT_ALTERNATE_OBJECT_DIRECTORIES: undefined,
  GIT_COMMON_DIR: undefined,
  GIT_INDEX_FILE: undefined,
  GIT_NAMESPACE: undefined,
  GIT_OBJECT_DIRECTORY: undefined,
  GIT_SHALLOW_FILE: undefined,
  GIT_WORK_TREE: undefined,
};

const NO_REPOSITORY = '/nonexistent';

/** Git prints a line or a lock file here. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

export const createGit =
  ({ clock }: { clock: Clock }): Git =>
  async (args, { deadlineMs, signal, gitDir = NO_REPOSITORY, input }): Promise<GitResult> => {
    // In its own session, where its ssh finds no terminal to ask on.
    const child = execa('git', args, {
      env: { ...ELSEWHERE, ...ASKS_NOBODY, LC_ALL: 'C', GIT_DIR: gitDir },
      detached: true,
      reject: false,
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
      encoding: 'buffer',
      stripFinalNewline: false,
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    const given = giveUp(clock, deadlineMs, signal);
    const held = letGoOf(child.nodeChildProcess, clock);
    try {
      // A process that left a killed child's group may hold its streams open; nobody waits for those.
      const result = await Promise.race([child, given.up]);
      if (typeof result === 'string') {
        killGroup(child.pid);
        return { kind: 'failed', detail: result };
      }
      if (!result.failed) return { kind: 'done', stdout: result.stdout };
      if (result.code === 'ENOENT') return { kind: 'failed', detail: 'git is not in PATH' };
      return { kind: 'failed', detail: wordsOf(result.stderr) || `git ended with ${result.exitCode ?? result.signal}` };
    } finally {
      given.clear();
      held.stop();
    }
  };

/** `up` resolves to the reason for not waiting any longer. */
function giveUp(clock: Clock, deadlineMs: number, signal: AbortSignal) {
  const { promise, resolve } = Promise.withResolvers<string>();
  const onAbort = () => resolve('stopped');
  const callOff = afterLived(clock, deadlineMs, () => resolve(`git had no answer after ${deadlineMs / 1000} s`));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort);
  return {
    up: promise,
    clear() {
      callOff();
      signal.removeEventListener('abort', onAbort);
    },
  };
}

/** Git and the transport that it started: ssh, git-remote-https. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** In one line: git's message, and what to do about it. */
function wordsOf(bytes: Uint8Array): string {
  const stderr = Buffer.from(bytes).toString();
  const hint = gitHint(stderr);
  const said = gitWords(stderr).join(' ').slice(0, 300);
  return hint ? `${said}; ${hint}` : said;
}
