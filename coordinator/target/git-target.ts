import { createHash } from 'node:crypto';
import { access, constants, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hideSecrets, holdsSecret } from '../../shared/network/secret-url.ts';
import { unreadable } from '../config/unreadable.ts';
import type { Git, GitOptions } from './git.ts';
import type { PollResult, TargetReader } from './poller.ts';

export type GitReaderDeps = {
  /** Without a secret: git passes it on in argv. */
  repoUrl: string;
  /** Credentials of the remote, in the format of `git credential-store`. */
  credentialsFile?: string | null;
  branch: string;
  dataDir: string;
  git: Git;
  /** The flake's folder in the repository; its root if absent. */
  flakeDir?: string;
};

/** A silent remote is given up after this long. */
const QUESTION_MS = 20_000;
/** Fetching one commit may take longer over a slow link. */
const FETCH_MS = 120_000;

/** A private ref for the fetched commit, because the branch's name may be anything. */
const REF = 'refs/heads/target';

/**
 * The commit of a branch of any git remote, and the hash of flake.lock in it. Both come from the same fetch, even if the branch
 * moves meanwhile. It fetches only if the remote names another commit than last time.
 */
export function createGitReader({
  repoUrl,
  credentialsFile = null,
  branch,
  dataDir,
  git,
  flakeDir = '',
}: GitReaderDeps): TargetReader {
  const credentials = credentialsFile === null ? [] : credentialsFrom(credentialsFile);
  const folder = join(dataDir, 'target.git');
  const ref = `refs/heads/${branch}`;

  async function ask(args: readonly string[], options: Omit<GitOptions, 'deadlineMs'>, deadlineMs = QUESTION_MS) {
    const result = await git([...credentials, ...args], { deadlineMs, ...options });
    return result.kind === 'failed' ? { ...result, detail: hideSecrets(result.detail) } : result;
  }

  async function fetchAndRead(signal: AbortSignal, format: string): Promise<PollResult> {
    const inFolder = { signal, gitDir: folder };
    const made = await ask([...INIT, `--object-format=${format}`, '--', folder], inFolder);
    if (made.kind === 'failed') return made;
    const fetched = await ask([...FETCH, '--', repoUrl, `+${ref}:${REF}`], inFolder, FETCH_MS);
    if (fetched.kind === 'failed') return fetched;
    const commit = await ask(['rev-parse', REF], inFolder);
    if (commit.kind === 'failed') return commit;
    // If it is a link, the file of the tree that it leads to.
    const asked = `${REF}:${flakeDir === '' ? '' : `${flakeDir}/`}${LOCK_FILE}\n`;
    const lock = await ask(['cat-file', '--batch', '--follow-symlinks'], { ...inFolder, input: asked });
    if (lock.kind === 'failed') return lock;
    return { kind: 'found', commit: text(commit.stdout), branch, lockHash: hashOfBlob(lock.stdout) };
  }

  return {
    name: repoUrl,
    async look(last, signal) {
      const unread = credentialsFile === null ? null : await faultOfFile(credentialsFile);
      if (unread !== null) return { kind: 'failed', detail: `credentialsFile: ${credentialsFile} ${unread}` };
      const address = await ask(['ls-remote', '--get-url', '--', repoUrl], { signal });
      if (address.kind === 'failed') return address;
      if (holdsSecret(text(address.stdout))) return { kind: 'failed', detail: EXPOSED };
      const listed = await ask(['ls-remote', '--', repoUrl, ref], { signal });
      if (listed.kind === 'failed') return listed;
      const lines = text(listed.stdout).split('\n');
      // Git lists every ref that ends like the requested one.
      const commit = lines.map((line) => line.split('\t')).find(([, name]) => name === ref)?.[0];
      if (commit === undefined) return { kind: 'failed', detail: `${repoUrl} has no branch ${branch}` };
      if (commit === last.commit) return { kind: 'found', commit, lockHash: last.lockHash, branch };
      // Made anew each time: a killed fetch leaves locks behind, and old commits would need care.
      await rm(folder, { recursive: true, force: true });
      try {
        return await fetchAndRead(signal, commit.length === SHA256_HEX ? 'sha256' : 'sha1');
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Overrides the user's configuration: no template, refs in files. */
const INIT = ['-c', 'init.defaultRefFormat=files', 'init', '--bare', '--quiet', '--template='];

const FETCH = ['-c', 'gc.auto=0', '-c', 'maintenance.auto=false', 'fetch', '--quiet', '--depth=1', '--no-tags'];

const LOCK_FILE = 'flake.lock';

/** A commit id of this length shows that the remote stores its objects by SHA-256. */
const SHA256_HEX = 64;

/** Reads what `cat-file --batch` answers: "OBJECT blob SIZE", a line end and the bytes; any other line if there is no such file. */
function hashOfBlob(answer: Uint8Array): string | null {
  const start = answer.indexOf(0x0a) + 1;
  const [, size] = /^[0-9a-f]+ blob (\d+)\n$/.exec(Buffer.from(answer.subarray(0, start)).toString()) ?? [];
  if (size === undefined) return null;
  const blob = answer.subarray(start, start + Number(size));
  return createHash('sha256').update(blob).digest('hex');
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString().trim();

/** Git itself would only say that it cannot ask for a password. */
const faultOfFile = (path: string): Promise<string | null> => access(path, constants.R_OK).then(() => null, unreadable);

const EXPOSED =
  "git's configuration puts a password or token into the address of the target, which others could read while git runs: give it in [target] credentialsFile instead";

/**
 * Git asks only this helper, which only reads. Git's own helper would also write to the file, and drop entries that a remote
 * refused once. Its shell gets the path as data.
 */
const credentialsFrom = (path: string): string[] => [
  '-c',
  'credential.helper=',
  '-c',
  `credential.helper=!f() { test "$1" != get || git credential-store --file='${path.replaceAll("'", "'\\''")}' get; }; f`,
];
