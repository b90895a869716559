import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { git } from '../fixtures/git-remote.ts';
import { readRepoCommit } from './repo-facts.ts';

let dir: string;
let repo: string;
let commit: string;
test.before(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-repo-'));
  repo = join(dir, 'repo');
  git(dir, 'init', '--quiet', '-b', 'main', repo);
  git(repo, 'commit', '--quiet', '--allow-empty', '-m', 'one');
  commit = git(repo, 'rev-parse', 'HEAD');
});
test.after(() => rmSync(dir, { recursive: true, force: true }));

test('the commit of a branch is read from its loose ref', async () => {
  assert.is(await readRepoCommit(repo), commit);
});

test('a detached HEAD is read', async () => {
  const detached = join(dir, 'detached');
  git(dir, 'clone', '--quiet', repo, detached);
  git(detached, 'checkout', '--quiet', '--detach');
  assert.is(await readRepoCommit(detached), commit);
});

test('a packed ref is read, and a loose one wins over it', async () => {
  const packed = join(dir, 'packed');
  git(dir, 'clone', '--quiet', repo, packed);
  git(packed, 'branch', 'a/main');
  git(packed, 'pack-refs', '--all');
  assert.is(await readRepoCommit(packed), commit);
  git(packed, 'commit', '--quiet', '--allow-empty', '-m', 'two');
  assert.is(await readRepoCommit(packed), git(packed, 'rev-parse', 'HEAD'));
});

test('a linked worktree has its own HEAD and the refs of its repository', async () => {
  const worktree = join(dir, 'worktree');
  git(repo, 'worktree', 'add', '--quiet', '-b', 'feature', worktree);
  git(worktree, 'commit', '--quiet', '--allow-empty', '-m', 'on the feature');
  assert.is(await readRepoCommit(worktree), git(worktree, 'rev-parse', 'HEAD'));
  git(repo, 'pack-refs', '--all');
  assert.is(await readRepoCommit(worktree), git(worktree, 'rev-parse', 'HEAD'));
});

test('there is no commit without a repository, before the first one, or in a half-written file', async () => {
  assert.is(await readRepoCommit(join(dir, 'nowhere')), null);
  assert.is(await readRepoCommit(dir), null);
  const unborn = join(dir, 'unborn');
  git(dir, 'init', '--quiet', unborn);
  assert.is(await readRepoCommit(unborn), null);
  const broken = join(dir, 'broken', '.git');
  mkdirSync(broken, { recursive: true });
  for (const text of ['', 'ref: ', 'ref: HEAD', commit.slice(0, 20), 'ref: refs/heads/none']) {
    writeFileSync(join(broken, 'HEAD'), text);
    assert.is(await readRepoCommit(join(dir, 'broken')), null, JSON.stringify(text));
  }
});

test.run();
