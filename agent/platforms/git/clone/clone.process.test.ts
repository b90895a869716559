import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createCustom } from '../../custom.ts';
import { cutCheckout, letCheckout } from '../../fixtures/cut-checkout.ts';
import { git } from '../../fixtures/git-remote.ts';
import { pullScene } from '../../fixtures/pull-scene.ts';
import { createTestHost, type TestHost } from '../../fixtures/test-host.ts';

let host: TestHost;
test.before.each(() => {
  host = createTestHost();
});
test.after.each(() => host.close());

const scene = () => pullScene(host);

test('the first pull makes the clone and says which commit it fetched', async () => {
  const { remote, repo, platform, pull } = scene();
  const commit = remote.commit('flake.lock', '{}');
  const end = await pull();
  assert.is(end.code, 0, end.output);
  assert.equal(end.phases, ['prepare', 'fetch', 'checkout', 'record']);
  assert.is(end.evidence.fetchedCommit, commit);
  assert.is(end.evidence.lockHash, '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  assert.is((await platform.facts()).repoCommit, commit);
  assert.is(readFileSync(join(repo, 'flake.lock'), 'utf8'), '{}');
});

test('a pull removes changes, new files and commits from the clone', async () => {
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

test('an own clone with a changed remote gets the configured one back', async () => {
  const { remote, repo, pull } = scene();
  const commit = remote.commit('a.txt', 'one');
  await pull();
  git(repo, 'remote', 'set-url', 'origin', '/nowhere');
  const end = await pull();
  assert.is(end.code, 0, end.output);
  assert.match(end.output, 'the remote was /nowhere');
  assert.is(end.evidence.fetchedCommit, commit);
});

test('a vanished branch fails the pull by name and leaves the checkout as it was', async () => {
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

test('an interrupted first pull does not block the next', async () => {
  const { remote, repo, pull } = scene();
  const commit = remote.commit('a.txt', 'one');
  mkdirSync(join(repo, '.git', 'objects'), { recursive: true });
  writeFileSync(join(repo, '.git', 'config.lock'), '');
  const end = await pull();
  assert.is(end.code, 0, end.output);
  assert.is(git(repo, 'rev-parse', 'HEAD'), commit);
});

test('after a pull killed half-way nothing is read from its files until the next pull has made them whole', async () => {
  const { remote, repo, platform, pull } = scene();
  for (const name of ['a.txt', 'flake.lock', 'z.txt']) remote.commit(name, 'one');
  await pull();
  for (const name of ['a.txt', 'flake.lock']) remote.commit(name, 'two');
  const commit = remote.commit('z.txt', 'two');
  cutCheckout(repo, 'flake.lock', 'KILL');
  assert.is.not((await host.run(platform, 'pull', { spawned: true })).code, 0);
  assert.equal([readFileSync(join(repo, 'a.txt'), 'utf8'), readFileSync(join(repo, 'z.txt'), 'utf8')], ['two', 'one']);

  letCheckout(repo);
  for (const op of ['test', 'refresh-lock']) {
    const refused = await host.run(platform, op);
    assert.is(refused.code, 1, op);
    assert.match(refused.output, `a pull was cut short while it changed the files in ${repo}`);
    assert.match(refused.output, 'run pull again');
  }
  assert.is((await platform.facts()).repoCommit, null, 'no commit is what is checked out');
  const healed = await pull();
  assert.is(healed.code, 0, healed.output);
  assert.is(git(repo, 'status', '--porcelain'), '');
  assert.is((await platform.facts()).repoCommit, commit);
  assert.is((await host.run(platform, 'test')).code, 0);
});

test('a failed fetch leaves the files whole', async () => {
  const { remote, repo, platform, pull } = scene();
  remote.commit('flake.lock', '{"root": "root", "nodes": {"root": {}}}');
  await pull();
  git(remote.url, 'branch', '-m', 'main', 'renamed');
  assert.is((await pull()).code, 128);
  const { code, output } = await host.run(platform, 'refresh-lock');
  assert.is(code, 0, output);
  assert.ok(existsSync(repo));
});

test('a rebase, a bisect and a merge in the clone are forgotten', async () => {
  const { remote, repo, pull } = scene();
  const first = remote.commit('a.txt', 'one');
  remote.commit('a.txt', 'two');
  const commit = remote.commit('a.txt', 'three');
  await pull();
  const fails = (...args: string[]) => assert.throws(() => git(repo, ...args));
  const begin = [
    () => {
      git(repo, 'commit', '--quiet', '--allow-empty', '-m', 'a commit of nobody');
      writeFileSync(join(repo, 'a.txt'), 'mine');
      git(repo, 'commit', '--quiet', '-am', 'a change of nobody');
      fails('rebase', '--onto', first, 'HEAD~1');
    },
    () => void git(repo, 'bisect', 'start', 'HEAD', first),
    () => {
      git(repo, 'checkout', '--quiet', first);
      writeFileSync(join(repo, 'a.txt'), 'theirs');
      git(repo, 'commit', '--quiet', '-am', 'another change of nobody');
      fails('merge', commit);
    },
  ];
  for (const start of begin) {
    start();
    const end = await pull();
    assert.is(end.code, 0, end.output);
    assert.is(git(repo, 'status'), 'On branch main\nnothing to commit, working tree clean');
    assert.is(git(repo, 'rev-parse', 'HEAD'), commit);
  }
});

test('the ssh command of the environment reaches git', async () => {
  const sshUrl = 'git@host.invalid:repo.git';
  const platform = createCustom(host.settings({ repo: { dir: join(host.dir, 'repo'), url: sshUrl, branch: 'main' } }));
  const end = await host.run(platform, 'pull', { env: { GIT_SSH_COMMAND: 'echo seen by ssh >&2; false' } });
  assert.is(end.code, 128);
  assert.match(end.output, 'seen by ssh');
});

test.run();
