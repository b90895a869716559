import { delimiter, dirname } from 'node:path';
import { hideSecrets, holdsSecret } from '../../../shared/network/secret-url.ts';
import { gitHint } from '../../../shared/programs/git-asking.ts';
import type { Step } from '../../spool/platform.ts';
import { createLineTranslation } from '../step/line-translation.ts';
import { type ProgramEnd, programStep, type Self, type StepIo } from '../step/step-program.ts';

/**
 * If `dir` is no longer a repository, git must not use one around it, nor treat `dir` itself as one. Its messages are in the
 * language that gitHint reads, and a mere look at a checkout takes none of a person's locks.
 */
export const gitEnv = (dir: string) => ({
  GIT_CEILING_DIRECTORIES: [dirname(dir), dir].join(delimiter),
  GIT_OPTIONAL_LOCKS: '0',
  LC_ALL: 'C',
});

/** A step of this agent's own that runs git in `dir`. */
export const gitStep = (self: Self, phase: string, name: string, dir: string, ...args: string[]): Step => ({
  ...programStep(self, phase, name, dir, ...args),
  env: gitEnv(dir),
});

/** Housekeeping stays in the foreground, and no file-watching daemon starts: both would outlive the command and be ended as leftovers. */
const ALWAYS: readonly string[] = ['gc.autoDetach=false', 'maintenance.autoDetach=false', 'core.fsmonitor=false'];

export const gitConfig = (settings: readonly string[]): string[] => settings.flatMap((setting) => ['-c', setting]);

const gitIn = (dir: string, args: readonly string[]): [string, ...string[]] => [
  'git',
  ...gitConfig(ALWAYS),
  '-C',
  dir,
  ...args,
];

/** The surroundings of git: those of a step, or of `--check`. */
export type GitIo = Pick<StepIo, 'run' | 'say'>;

export type GitEnd = ProgramEnd & { stderr: string };

/** Runs a git command as part of the command's output. If it would have asked a person, the output says what to do. */
export const runGit = (io: GitIo, dir: string, ...args: string[]): Promise<GitEnd> =>
  runGitWithout(io, dir, null, ...args);

/** Like runGit, but lines of git that begin with `error` and are `unsaid` are neither shown nor kept. */
export async function runGitWithout(io: GitIo, dir: string, unsaid: RegExp | null, ...args: string[]): Promise<GitEnd> {
  const said = listen(unsaid);
  const end = await io.run(gitIn(dir, args), { stderr: said });
  const stderr = said.text();
  const hint = end.code === 0 ? null : gitHint(stderr);
  if (hint) io.say(hint);
  return { ...end, stderr };
}

/** Asks git about `dir`; null if it fails, without showing git's own words. */
export async function askGit(io: GitIo, dir: string, ...args: string[]): Promise<string | null> {
  const { code, stdout } = await io.run(gitIn(dir, args), { stdout: 'taken', stderr: 'dropped' });
  return code === 0 ? stdout.trim() : null;
}

/** Like askGit, with every byte that git prints. */
export async function takeGit(io: GitIo, dir: string, ...args: string[]): Promise<Buffer | null> {
  const { code, stdout } = await io.run(gitIn(dir, args), { stdout: 'bytes', stderr: 'dropped' });
  return code === 0 ? Buffer.from(stdout, 'latin1') : null;
}

/** A failing git says why at the end. */
const HEARD_BYTES = 64 * 1024;

/** Passes on everything except what is `unsaid`, and keeps the end. */
function listen(unsaid: RegExp | null) {
  let heard = Buffer.alloc(0);
  const passing = unsaid && createLineTranslation('error', (line) => (unsaid.test(line) ? '' : null));
  const hear = (bytes: Buffer): Buffer => {
    heard = Buffer.concat([heard, bytes]).subarray(-HEARD_BYTES);
    return bytes;
  };
  return {
    write: (chunk: Uint8Array): Buffer => hear(passing?.write(chunk) ?? Buffer.from(chunk)),
    end: (): Buffer => hear(passing?.end() ?? Buffer.alloc(0)),
    text: () => heard.toString(),
  };
}

/** A remote as it may be shown: without the user, the password and the query that a URL can carry. */
export const shownRemote = (url: string): string => hideSecrets(url).replace(/(:\/\/[^?#]*)[?#].*/s, '$1');

/**
 * Why nothing may be fetched from `remote`: git's user configured a secret into its address, and git would pass that on in argv.
 * Null if not.
 */
export async function exposedSecret(io: GitIo, dir: string, remote: string): Promise<string | null> {
  const address = await askGit(io, dir, 'ls-remote', '--get-url', remote);
  return address === null || !holdsSecret(address)
    ? null
    : `the address of ${shownRemote(remote)} is ${shownRemote(address)} with a password or token in it (git's configuration puts it there), which every user of this host can read while git runs: give it to a credential helper instead`;
}
