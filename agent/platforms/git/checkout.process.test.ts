import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../../shared/fixtures/wait-for.ts';
import type { Platform, Step } from '../../spool/platform.ts';
import { createCustom } from '../custom.ts';
import { cutCheckout, letCheckout } from '../fixtures/cut-checkout.ts';
import { createGitRemote, git } from '../fixtures/git-remote.ts';
import { createTestHost, type TestHost } from '../fixtures/test-host.ts';

let host: TestHost;
test.before.each(() => {
  host = createTestHost();
});
test.after.each(() => host.close());

const scene = () => {
  const remote = createGitRemote(host.dir);
  remote.commit('a.txt', 'one');
  const repo = join(host.dir, 'checkout');
  git(host.dir, 'clone', '--quiet', remote.url, repo);
  const platform = createCustom(host.settings({ repo: { dir: repo, url: null, branch: 'main' } }));
  return { remote, repo, platform, pull: () => host.run(platform, 'pull') };
};

test("a checkout is fast-forwarded and keeps a person's files", async () => {
  const { remote, repo, platform, pull } = scene();
  writeFileSync(join(repo, 'mine.txt'), 'a day of work');
  const commit = remote.commit('b.txt', 'two');
  const end = await pull();
  assert.is(end.code, 0, end.output);
  assert.is(end.evidence.fetchedCommit, commit);
  assert.is((await platform.facts()).repoCommit, commit);
  assert.is(readFileSync(join(repo, 'mine.txt'), 'utf8'), 'a day of work');
});

test('a submodule is named if its files stay behind, and only then', async () => {
  const { remote, repo, pull } = scene();
  const part = createGitRemote(host.dir, 'part');
  part.commit('a.txt', 'one');
  const allow = ['-c', 'protocol.file.allow=always'];
  remote.git(...allow, 'submodule', '--quiet', 'add', part.url, 'part');
  remote.commit('b.txt', 'two');
  const first = await pull();
  assert.not.match(first.output, 'submodule part', 'it is not there yet, so nothing of it is old');
  git(repo, ...allow, 'submodule', '--quiet', 'update', '--init');
  part.commit('a.txt', 'two');
  remote.git(...allow, 'submodule', '--quiet', 'update', '--remote');
  remote.commit('b.txt', 'three');
  const second = await pull();
  assert.is(second.code, 0, second.output);
  assert.match(second.output, `the submodule part still has the files of another commit; to update it: git -C ${repo}`);
  git(repo, ...allow, 'submodule', '--quiet', 'update');
  remote.commit('b.txt', 'four');
  assert.not.match((await pull()).output, 'submodule part');
});

test('a pull into a diverged checkout fails and leaves it as it is', async () => {
  const { remote, repo, pull } = scene();
  git(repo, 'commit', '--quiet', '--allow-empty', '-m', 'a commit of a person');
  const theirs = git(repo, 'rev-parse', 'HEAD');
  remote.commit('b.txt', 'two');
  const end = await pull();
  assert.is.not(end.code, 0);
  assert.match(end.output, 'Not possible to fast-forward');
  assert.is(git(repo, 'rev-parse', 'HEAD'), theirs);
});

test("a person's own fetch in the middle of a pull does not lead the checkout to their branch", async () => {
  const { remote, repo, platform } = scene();
  const commit = remote.commit('b.txt', 'two');
  remote.git('checkout', '--quiet', '-b', 'feature');
  remote.git('commit', '--quiet', '--allow-empty', '-m', 'not for this host');
  remote.git('push', '--quiet', '--force', 'origin', 'HEAD:feature');
  const theirs: Step = { phase: 'theirs', argv: ['git', '-C', repo, 'fetch', '--quiet', 'origin', 'feature'] };
  const disturbed: Platform = {
    ...platform,
    async plan(...args) {
      const plan = await platform.plan(...args);
      if (!('steps' in plan)) return plan;
      return { ...plan, steps: plan.steps.flatMap((step) => (step.phase === 'fetch' ? [step, theirs] : [step])) };
    },
  };
  const end = await host.run(disturbed, 'pull');
  assert.is(git(repo, 'rev-parse', 'HEAD'), commit, end.output);
  assert.is(end.evidence.fetchedCommit, commit);
});

/** A checkout three files behind, whose pull is killed while the middle one is written. */
const cutScene = async () => {
  const { remote, repo, platform, pull } = scene();
  for (const name of ['flake.lock', 'z.txt']) remote.commit(name, 'one');
  await pull();
  writeFileSync(join(repo, 'mine.txt'), 'a day of work');
  for (const name of ['a.txt', 'added.txt', 'flake.lock']) remote.commit(name, 'two');
  const commit = remote.commit('z.txt', 'two');
  cutCheckout(repo, 'flake.lock', 'TERM');
  assert.is.not((await host.run(platform, 'pull', { spawned: true })).code, 0);
  await waitFor('git to be gone', () => !existsSync(join(repo, '.git/index.lock')));
  letCheckout(repo);
  const read = (name: string) => readFileSync(join(repo, name), 'utf8');
  assert.equal([read('a.txt'), read('added.txt'), read('z.txt')], ['two', 'two', 'one']);
  return { remote, repo, platform, pull, commit, read };
};

test('after a pull killed half-way nothing is read from the files; the next pull finishes it, up to the newest commit', async () => {
  const { remote, repo, platform, pull, read } = await cutScene();
  const refused = await host.run(platform, 'refresh-lock');
  assert.is(refused.code, 1);
  assert.match(refused.output, `a pull was cut short while it changed the files in ${repo}`);
  assert.is((await platform.facts()).repoCommit, null);

  const commit = remote.commit('a.txt', 'three');
  const healed = await pull();
  assert.is(healed.code, 0, healed.output);
  assert.equal(['a.txt', 'added.txt', 'flake.lock', 'z.txt', 'mine.txt'].map(read), [
    ...['three', 'two', 'two', 'two'],
    'a day of work',
  ]);
  assert.is(git(repo, 'status', '--porcelain'), '?? mine.txt');
  assert.is((await platform.facts()).repoCommit, commit);
  assert.is((await host.run(platform, 'test')).code, 0);
});

test('going on with it overwrites nothing that a person has changed since, and says which file', async () => {
  const { repo, platform, pull, commit, read } = await cutScene();
  writeFileSync(join(repo, 'z.txt'), 'an hour of work');
  const end = await pull();
  assert.is.not(end.code, 0);
  assert.match(end.output, 'z.txt');
  assert.match(end.output, 'then pull again');
  assert.is(read('z.txt'), 'an hour of work');
  assert.is((await host.run(platform, 'test')).code, 1, 'it is still not whole');
  git(repo, 'checkout', '--quiet', 'HEAD', '--', 'z.txt');
  const healed = await pull();
  assert.is(healed.code, 0, healed.output);
  assert.is((await platform.facts()).repoCommit, commit);
});

test('a refused pull leaves the files whole and usable', async () => {
  const { remote, repo, platform, pull } = scene();
  writeFileSync(join(repo, 'a.txt'), 'an hour of work');
  const before = git(repo, 'rev-parse', 'HEAD');
  remote.commit('a.txt', 'two');
  const end = await pull();
  assert.is.not(end.code, 0);
  assert.match(end.output, 'would be overwritten');
  assert.is((await host.run(platform, 'test')).code, 0);
  assert.is((await platform.facts()).repoCommit, before);
});

test("a checkout in the middle of a person's rebase or merge is left alone, with a message", async () => {
  const { remote, repo, pull } = scene();
  remote.commit('b.txt', 'two');
  git(repo, 'commit', '--quiet', '--allow-empty', '-m', 'a commit of a person');
  const begin = {
    'a rebase': () => assert.throws(() => git(repo, 'rebase', '--exec', 'false', 'HEAD~1')),
    'a bisect': () => git(repo, 'bisect', 'start'),
    'a merge': () =>
      git(repo, 'merge', '--no-commit', git(repo, 'commit-tree', '-p', 'HEAD~1', '-m', 'x', 'HEAD^{tree}')),
    'a cherry-pick': () => assert.throws(() => git(repo, 'cherry-pick', 'HEAD')),
  };
  const end = {
    'a rebase': ['rebase', '--abort'],
    'a bisect': ['bisect', 'reset'],
    'a merge': ['merge', '--abort'],
    'a cherry-pick': ['cherry-pick', '--abort'],
  };
  const head = git(repo, 'rev-parse', 'HEAD');
  for (const work of Object.keys(begin) as (keyof typeof begin)[]) {
    begin[work]();
    const { code, output } = await pull();
    assert.is(code, 1, output);
    assert.match(output, `${repo} is in the middle of ${work}; finish or abort it there`);
    assert.is(git(repo, 'rev-parse', 'HEAD'), head);
    git(repo, ...end[work]);
  }
});

test('a checkout of another branch is not moved', async () => {
  const { repo, pull } = scene();
  git(repo, 'checkout', '--quiet', '-b', 'feature');
  const end = await pull();
  assert.is(end.code, 1);
  assert.match(end.output, 'has the branch feature checked out, not main');
});

test('a folder without a repository fails with one line, and the facts stay null', async () => {
  const platform = createCustom(host.settings({ repo: { dir: host.dir, url: null, branch: 'main' } }));
  for (const op of ['pull', 'test', 'refresh-lock']) {
    const end = await host.run(platform, op);
    assert.is(end.code, 1, op);
    assert.match(end.output, `${host.dir} is not a git repository; set REPO_DIR`);
  }
  assert.is((await platform.facts()).repoCommit, null);
});

test('a missing folder fails with one line', async () => {
  const missing = join(host.dir, 'missing');
  const platform = createCustom(host.settings({ repo: { dir: missing, url: null, branch: 'main' } }));
  const end = await host.run(platform, 'pull');
  assert.is(end.code, 1);
  assert.match(end.output, `${missing} is not a folder`);
});

test.run();
