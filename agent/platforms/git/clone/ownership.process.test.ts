/** The owner of a folder in which a pull should make its clone. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createGitRemote, git } from '../../fixtures/git-remote.ts';
import { pullScene } from '../../fixtures/pull-scene.ts';
import { createTestHost, type TestHost } from '../../fixtures/test-host.ts';

let host: TestHost;
test.before.each(() => {
  host = createTestHost();
});
test.after.each(() => host.close());

const scene = () => pullScene(host);

test('an unchanged clone of the same remote is taken over', async () => {
  const { remote, repo, pull } = scene();
  remote.commit('a.txt', 'one');
  git(host.dir, 'clone', '--quiet', remote.url, repo);
  const commit = remote.commit('a.txt', 'two');
  const end = await pull();
  assert.is(end.code, 0, end.output);
  assert.is(git(repo, 'rev-parse', 'HEAD'), commit);
});

const refused = async (prepare: (repo: string, remoteUrl: string) => void, words: string) => {
  const { remote, repo, pull } = scene();
  remote.commit('a.txt', 'one');
  prepare(repo, remote.url);
  writeFileSync(join(repo, 'mine.txt'), 'a day of work');
  const end = await pull();
  assert.is(end.code, 1);
  assert.match(end.output, words);
  assert.is(readFileSync(join(repo, 'mine.txt'), 'utf8'), 'a day of work');
};

test('a folder without a repository is not touched', () =>
  refused((repo) => mkdirSync(repo), 'is not a git repository, and not empty'));

test('a repository of another remote is not touched', () =>
  refused((repo) => {
    const other = createGitRemote(host.dir, 'other');
    other.commit('b.txt', 'theirs');
    git(host.dir, 'clone', '--quiet', other.url, repo);
  }, 'is a git repository of'));

test('a checkout with changes that nobody committed is not taken over', () =>
  refused((repo, url) => git(host.dir, 'clone', '--quiet', url, repo), 'uncommitted changes'));

const WORK: Readonly<Record<string, (repo: string) => void>> = {
  'a commit': (repo) => void git(repo, 'commit', '--quiet', '--allow-empty', '-m', 'not pushed'),
  'a commit of another branch': (repo) => {
    git(repo, 'checkout', '--quiet', '-b', 'wip');
    git(repo, 'commit', '--quiet', '--allow-empty', '-m', 'not pushed');
    git(repo, 'checkout', '--quiet', 'main');
  },
  'a stash': (repo) => {
    writeFileSync(join(repo, 'a.txt'), 'a day of work');
    git(repo, 'stash');
  },
  'a linked worktree': (repo) => void git(repo, 'worktree', 'add', '--quiet', `${repo}-linked`),
};
for (const [what, leave] of Object.entries(WORK))
  test(`a clean checkout with ${what} that only it has is not taken over`, async () => {
    const { remote, repo, pull } = scene();
    remote.commit('a.txt', 'one');
    git(host.dir, 'clone', '--quiet', remote.url, repo);
    leave(repo);
    const refs = git(repo, 'for-each-ref');
    const end = await pull();
    assert.is(end.code, 1, end.output);
    assert.match(end.output, 'of its own, or in a submodule; move it away, or unset REPO_URL');
    assert.is(git(repo, 'for-each-ref'), refs);
  });

const OWN: Readonly<Record<string, (part: string, repo: string) => void>> = {
  'a commit': (part) => {
    git(part, 'checkout', '--quiet', '-b', 'wip');
    git(part, 'commit', '--quiet', '--allow-empty', '-m', 'not pushed');
    git(part, 'checkout', '--quiet', '-');
  },
  'a stash': (part) => {
    writeFileSync(join(part, 'part.txt'), 'a day of work');
    git(part, 'stash');
  },
  'a commit, and is out of the work tree': (part, repo) => {
    git(part, 'checkout', '--quiet', '-b', 'wip');
    git(part, 'commit', '--quiet', '--allow-empty', '-m', 'not pushed');
    git(part, 'checkout', '--quiet', '-');
    git(repo, 'submodule', '--quiet', 'deinit', 'sub/part');
  },
  'a commit, and is damaged': (_, repo) => writeFileSync(join(repo, '.git/modules/sub/part/packed-refs'), '\0\n'),
};
for (const [what, leave] of [...Object.entries(OWN), ['nothing', () => {}] as const])
  test(`a clean checkout whose submodule has ${what} of its own is ${what === 'nothing' ? '' : 'not '}taken over`, async () => {
    const { remote, repo, pull } = scene();
    const part = createGitRemote(host.dir, 'part');
    part.commit('part.txt', 'one');
    remote.commit('a.txt', 'one');
    const allow = ['-c', 'protocol.file.allow=always'];
    remote.git(...allow, 'submodule', '--quiet', 'add', part.url, 'sub/part');
    remote.commit('b.txt', 'with a part');
    git(host.dir, ...allow, 'clone', '--quiet', '--recurse-submodules', remote.url, repo);
    leave(join(repo, 'sub/part'), repo);
    const end = await pull();
    assert.is(end.code, what === 'nothing' ? 0 : 1, end.output);
    assert.ok(existsSync(join(repo, '.git/modules/sub/part/HEAD')));
  });

test('a git folder with objects that git cannot read is not taken for a first pull of ours', async () => {
  const { remote, repo, pull } = scene();
  remote.commit('a.txt', 'one');
  git(host.dir, 'clone', '--quiet', '--no-checkout', remote.url, repo);
  writeFileSync(join(repo, '.git/HEAD'), '');
  const end = await pull();
  assert.is(end.code, 1, end.output);
  assert.is(readFileSync(join(repo, '.git/HEAD'), 'utf8'), '');
});

test("a file in the clone's place is not touched", async () => {
  const { repo, pull } = scene();
  writeFileSync(repo, 'a file');
  const end = await pull();
  assert.is(end.code, 1);
  assert.match(end.output, 'cannot be read as a folder');
  assert.ok(existsSync(repo));
});

test.run();
