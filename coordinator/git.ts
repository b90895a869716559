import { execa } from 'execa';
import type { Clock } from '../shared/clock.ts';

export type GitResult = { kind: 'done'; stdout: Uint8Array } | { kind: 'failed'; detail: string };

/** Runs git with these arguments; never throws, and has an answer when `deadlineMs` have passed or `signal` is aborted. */
export type Git = (args: readonly string[], options: { deadlineMs: number; signal: AbortSignal }) => Promise<GitResult>;

/**
 * Git asks nobody: no askpass program, no prompt, and for its ssh no terminal, since it runs in a session of its own. (An
 * `ssh -o BatchMode=yes` in GIT_SSH_COMMAND would do the same, and hide the deploy key that an operator set there or in
 * core.sshCommand.)
 */
const ENVIRONMENT = { GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: '', SSH_ASKPASS_REQUIRE: 'never', LC_ALL: 'C' };

/** What git prints here is a line or a lock file. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

export const createGit =
  ({ clock }: { clock: Clock }): Git =>
  async (args, { deadlineMs, signal }): Promise<GitResult> => {
    const child = execa('git', args, {
      env: ENVIRONMENT,
      detached: true,
      reject: false,
      stdin: 'ignore',
      encoding: 'buffer',
      stripFinalNewline: false,
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    const given = giveUp(clock, deadlineMs, signal);
    try {
      // The streams of a child that was killed may be held open by a process that left its group: nobody waits for those.
      const result = await Promise.race([child, given.up]);
      if (typeof result === 'string') {
        killGroup(child.pid);
        return { kind: 'failed', detail: result };
      }
      if (!result.failed) return { kind: 'done', stdout: result.stdout };
      if (result.code === 'ENOENT') return { kind: 'failed', detail: 'git is not in PATH' };
      return {
        kind: 'failed',
        detail: inOneLine(result.stderr) || `git ended with ${result.exitCode ?? result.signal}`,
      };
    } finally {
      given.clear();
    }
  };

/** `up` resolves to the reason for not waiting any longer. */
function giveUp(clock: Clock, deadlineMs: number, signal: AbortSignal) {
  const { promise, resolve } = Promise.withResolvers<string>();
  const onAbort = () => resolve('stopped');
  const timer = clock.setTimeout(() => resolve(`git had no answer after ${deadlineMs / 1000} s`), deadlineMs);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort);
  return {
    up: promise,
    clear() {
      clock.clearTimeout(timer);
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

const inOneLine = (stderr: Uint8Array): string =>
  Buffer.from(stderr).toString().replaceAll(/\s+/g, ' ').trim().slice(0, 300);
