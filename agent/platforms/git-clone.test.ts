import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createCustom } from './custom.ts';
import { createGitRemote, git } from './fixtures/git-remote.ts';
import { createTestHost, type TestHost } from './fixtures/test-host.ts';

let host: TestHost;
test.before.each(() => {
  host = createTestHost();
});
test.after.each(() => host.close());

const scene = () => {
  const remote = createGitRemote(host.dir);
  const repo = join(host.dir, 'repo');
  const platform = createCustom(host.settings({ repo: { dir: repo, url: remote.url, branch: 'main' } }));
  return { remote, repo, platform, pull: () => host.run(platform, 'pull') };
};

test('the first pull makes the clone and says which commit it fetched', async () => {
  const { remote, repo, platform, pull } = scene();
  const commit = remote.commit('flake.lock', '{}');
  const end = await pull();
  assert.is(end.code, 0, end.output);
  assert.equal(end.phases, ['prepare', 'fetch', 'checkout', 'checkout', 'checkout', 'record']);
  assert.is(end.evidence.fetchedCommit, commit);
  assert.is(end.evidence.lockHash, '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  assert.is((await platform.facts()).repoCommit, commit);
  assert.is(readFileSync(join(repo, 'flake.lock'), 'utf8'), '{}');
});

test('a pull removes what was changed, added or committed in the clone', async () => {
  const { remote, repo, pull } = scene();
  remote.commit('a.txt', 'one');
  await pull();
  writeFileSync(join(repo, 'a.txt'), 'changed here');
  git(repo, 'commit', '--quiet', '-am', 'a commit of nobody');
  writeFileSync(join(repo, 'untracked.txt'), '');
  git(repo, 'init', '--quiet', join(repo, 'nested'));
  const commit = remote.commit('b.txt', 'two');
  const end = await pull();
  assert.is(end.code, 0, end.output);
  assert.is(git(repo, 'rev-parse', 'HEAD'), commit);
  assert.is(git(repo, 'status', '--porcelain'), '');
  assert.is(readFileSync(join(repo, 'a.txt'), 'utf8'), 'one');
});

test('a clone that a power cut has broken does not lead git to the repository around it', async () => {
  const { remote, repo, pull } = scene();
  remote.commit('a.txt', 'one');
  await pull();
  git(host.dir, 'init', '--quiet', '-b', 'main');
  git(host.dir, 'remote', 'add', 'origin', remote.url);
  git(host.dir, 'commit', '--quiet', '--allow-empty', '-m', 'a commit of a person');
  const theirs = git(host.dir, 'rev-parse', 'HEAD');
  writeFileSync(join(host.dir, 'mine.txt'), 'a day of work');
  writeFileSync(join(repo, '.git/HEAD'), '');
  const commit = remote.commit('b.txt', 'two');
  const end = await pull();
  assert.is(git(host.dir, 'rev-parse', 'HEAD'), theirs, end.output);
  assert.ok(existsSync(join(host.dir, 'mine.txt')), 'what a person left there');
  assert.is(end.code, 0, end.output);
  assert.is(git(repo, 'rev-parse', 'HEAD'), commit);
});

test('a force-push is followed', async () => {
  const { remote, repo, pull } = scene();
  remote.commit('a.txt', 'one');
  await pull();
  remote.git('checkout', '--quiet', '--orphan', 'other');
  const commit = remote.commit('a.txt', 'another history');
  const end = await pull();
  assert.is(end.code, 0, end.output);
  assert.is(git(repo, 'rev-parse', 'HEAD'), commit);
});

test('lock files that a killed git left are removed and named', async () => {
  const { remote, repo, pull } = scene();
  remote.commit('a.txt', 'one');
  await pull();
  const commit = remote.commit('a.txt', 'two');
  for (const lock of ['index.lock', 'HEAD.lock', 'config.lock', 'shallow.lock', 'refs/remotes/origin/main.lock'])
    writeFileSync(join(repo, '.git', lock), '');
  const end = await pull();
  assert.is(end.code, 0, end.output);
  assert.match(end.output, 'removed index.lock');
  assert.match(end.output, 'removed refs/remotes/origin/main.lock');
  assert.is(git(repo, 'rev-parse', 'HEAD'), commit);
});

test('a clone of ours whose remote was changed gets the configured one back', async () => {
  const { remote, repo, pull } = scene();
  const commit = remote.commit('a.txt', 'one');
  await pull();
  git(repo, 'remote', 'set-url', 'origin', '/nowhere');
  const end = await pull();
  assert.is(end.code, 0, end.output);
  assert.match(end.output, 'the remote was /nowhere');
  assert.is(end.evidence.fetchedCommit, commit);
});

test('a branch that went away fails the pull by name and leaves the checkout as it was', async () => {
  const { remote, repo, pull } = scene();
  const commit = remote.commit('a.txt', 'one');
  await pull();
  git(remote.url, 'branch', '-m', 'main', 'renamed');
  const end = await pull();
  assert.is(end.code, 128);
  assert.match(end.output, "couldn't find remote ref refs/heads/main");
  assert.is(end.evidence.fetchedCommit, undefined);
  assert.is(git(repo, 'rev-parse', 'HEAD'), commit);
});

test('a first pull that was ended too early does not stand in the way of the next', async () => {
  const { remote, repo, pull } = scene();
  const commit = remote.commit('a.txt', 'one');
  mkdirSync(join(repo, '.git', 'objects'), { recursive: true });
  writeFileSync(join(repo, '.git', 'config.lock'), '');
  const end = await pull();
  assert.is(end.code, 0, end.output);
  assert.is(git(repo, 'rev-parse', 'HEAD'), commit);
});

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

test('a folder that is no repository is not touched', () =>
  refused((repo) => mkdirSync(repo), 'is not a git repository, and not empty'));

test('a repository of another remote is not touched', () =>
  refused((repo) => {
    const other = createGitRemote(host.dir, 'other');
    other.commit('b.txt', 'theirs');
    git(host.dir, 'clone', '--quiet', other.url, repo);
  }, 'is a git repository of'));

test('a checkout with changes that nobody committed is not taken over', () =>
  refused((repo, url) => git(host.dir, 'clone', '--quiet', url, repo), 'uncommitted changes'));

test('a file in the place of the clone is not touched', async () => {
  const { repo, pull } = scene();
  writeFileSync(repo, 'a file');
  const end = await pull();
  assert.is(end.code, 1);
  assert.match(end.output, 'cannot be read as a folder');
  assert.ok(existsSync(repo));
});

test('the ssh command of the environment reaches git', async () => {
  const sshUrl = 'git@host.invalid:repo.git';
  const platform = createCustom(host.settings({ repo: { dir: join(host.dir, 'repo'), url: sshUrl, branch: 'main' } }));
  const end = await host.run(platform, 'pull', { env: { GIT_SSH_COMMAND: 'echo seen by ssh >&2; false' } });
  assert.is(end.code, 128);
  assert.match(end.output, 'seen by ssh');
});

test.run();
