import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Git, GitResult } from './git.ts';
import type { Look, TargetReader } from './target.ts';

export type GitReaderDeps = { repoUrl: string; branch: string; dataDir: string; git: Git };

/** A remote that says nothing is given up after this long. */
const QUESTION_MS = 20_000;
/** Fetching one commit may take longer where the link is slow. */
const FETCH_MS = 120_000;

/** Where the one commit is fetched into: a name of its own, since the branch's may be anything. */
const REF = 'refs/heads/target';

/**
 * The commit of a branch of any git remote, and the hash of flake.lock in it. Commit and hash are of the same fetch, also where
 * the branch moves meanwhile; there is one only when the remote names another commit than the last time.
 */
export function createGitReader({ repoUrl, branch, dataDir, git }: GitReaderDeps): TargetReader {
  const source = withoutPassword(repoUrl);
  const folder = join(dataDir, 'target.git');
  const ref = `refs/heads/${branch}`;

  async function ask(args: readonly string[], signal: AbortSignal, deadlineMs = QUESTION_MS): Promise<GitResult> {
    const result = await git(args, { deadlineMs, signal });
    return result.kind === 'failed' ? { ...result, detail: result.detail.replaceAll(repoUrl, source) } : result;
  }

  async function fetchAndRead(signal: AbortSignal): Promise<Look> {
    const inFolder = (...args: string[]) => ask([`--git-dir=${folder}`, ...args], signal);
    const made = await ask(['init', '--bare', '--quiet', '--template=', '--', folder], signal);
    if (made.kind === 'failed') return made;
    const fetched = await ask([`--git-dir=${folder}`, ...FETCH, '--', repoUrl, `+${ref}:${REF}`], signal, FETCH_MS);
    if (fetched.kind === 'failed') return fetched;
    const commit = await inFolder('rev-parse', REF);
    if (commit.kind === 'failed') return commit;
    const entry = await inFolder('ls-tree', REF, '--', 'flake.lock');
    if (entry.kind === 'failed') return entry;
    const found = { kind: 'found' as const, commit: text(commit.stdout), branch };
    // "MODE TYPE OBJECT\tNAME", or nothing.
    const blob = text(entry.stdout).split(/\s/)[2];
    if (blob === undefined) return { ...found, lockHash: null };
    const lock = await inFolder('cat-file', 'blob', blob);
    if (lock.kind === 'failed') return lock;
    return { ...found, lockHash: createHash('sha256').update(lock.stdout).digest('hex') };
  }

  return {
    name: source,
    async look(last, signal) {
      const listed = await ask(['ls-remote', '--', repoUrl, ref], signal);
      if (listed.kind === 'failed') return listed;
      const lines = text(listed.stdout).split('\n');
      // Git lists every ref that ends like the one that was asked for.
      const commit = lines.map((line) => line.split('\t')).find(([, name]) => name === ref)?.[0];
      if (commit === undefined) return { kind: 'failed', detail: `${source} has no branch ${branch}` };
      if (commit === last.commit) return { kind: 'found', commit, lockHash: last.lockHash, branch };
      // Made anew each time: a fetch that was killed leaves locks behind, and old commits would have to be cared for.
      await rm(folder, { recursive: true, force: true });
      try {
        return await fetchAndRead(signal);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

const FETCH = ['-c', 'gc.auto=0', '-c', 'maintenance.auto=false', 'fetch', '--quiet', '--depth=1', '--no-tags'];

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString().trim();

/** The address as people may see it. What is no URL (`git@host:path`, a folder) has no place for a password. */
function withoutPassword(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  if (url.password === '' && (url.username === '' || !url.protocol.startsWith('http'))) return address;
  url.username = '';
  url.password = '';
  return url.href;
}
