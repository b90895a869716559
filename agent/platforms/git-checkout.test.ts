import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Platform, Step } from '../platform.ts';
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
  remote.commit('a.txt', 'one');
  const repo = join(host.dir, 'checkout');
  git(host.dir, 'clone', '--quiet', remote.url, repo);
  const platform = createCustom(host.settings({ repo: { dir: repo, url: null, branch: 'main' } }));
  return { remote, repo, platform, pull: () => host.run(platform, 'pull') };
};

test('a checkout is fast-forwarded and keeps what a person left in it', async () => {
  const { remote, repo, platform, pull } = scene();
  writeFileSync(join(repo, 'mine.txt'), 'a day of work');
  const commit = remote.commit('b.txt', 'two');
  const end = await pull();
  assert.is(end.code, 0, end.output);
  assert.is(end.evidence.fetchedCommit, commit);
  assert.is((await platform.facts()).repoCommit, commit);
  assert.is(readFileSync(join(repo, 'mine.txt'), 'utf8'), 'a day of work');
});

test('a checkout that has gone another way fails and stays as it is', async () => {
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

test('a checkout of another branch is not moved', async () => {
  const { repo, pull } = scene();
  git(repo, 'checkout', '--quiet', '-b', 'feature');
  const end = await pull();
  assert.is(end.code, 1);
  assert.match(end.output, 'has the branch feature checked out, not main');
});

test('a folder that is no repository fails with a line that says so, and the facts stay null', async () => {
  const platform = createCustom(host.settings({ repo: { dir: host.dir, url: null, branch: 'main' } }));
  for (const op of ['pull', 'test', 'refresh-lock']) {
    const end = await host.run(platform, op);
    assert.is(end.code, 1, op);
    assert.match(end.output, `${host.dir} is not a git repository; set REPO_DIR`);
  }
  assert.is((await platform.facts()).repoCommit, null);
});

test('a folder that is not there fails with a line that says so', async () => {
  const missing = join(host.dir, 'missing');
  const platform = createCustom(host.settings({ repo: { dir: missing, url: null, branch: 'main' } }));
  const end = await host.run(platform, 'pull');
  assert.is(end.code, 1);
  assert.match(end.output, `${missing} is not a folder`);
});

test.run();
