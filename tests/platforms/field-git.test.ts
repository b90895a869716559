/** Reports about git in other tools that keep a checkout equal to a remote, tried here. docs/field-reports.md names the reports. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createCustom } from '../../agent/platforms/custom.ts';
import { createGitRemote, type GitRemote, git } from '../../agent/platforms/fixtures/git-remote.ts';
import { createTestHost, type TestHost } from '../../agent/platforms/fixtures/test-host.ts';

let host: TestHost;
let remote: GitRemote;
test.before.each(() => {
  host = createTestHost();
  remote = createGitRemote(host.dir);
});
test.after.each(() => host.close());

const repo = () => join(host.dir, 'repo');

async function pull(url: string | null, dir = repo()) {
  const platform = createCustom(host.settings({ repo: { dir, url, branch: 'main' } }));
  const end = await host.run(platform, 'pull');
  return { ...end, repoCommit: (await platform.facts()).repoCommit };
}

test('a ref of another tool whose object is gone stops no fetch', async () => {
  remote.commit('a.txt', 'one');
  assert.is((await pull(remote.url)).code, 0);
  const gone = 'd0d0'.repeat(10);
  mkdirSync(join(repo(), '.git/refs/jj/keep'), { recursive: true });
  writeFileSync(join(repo(), `.git/refs/jj/keep/${gone}`), `${gone}\n`);
  const commit = remote.commit('a.txt', 'two');
  const end = await pull(remote.url);
  assert.is(end.code, 0, end.output);
  assert.is(end.repoCommit, commit);
  const next = remote.commit('a.txt', 'three');
  assert.is((await pull(remote.url)).repoCommit, next);
});

test('a remote that is shallow itself is followed', async () => {
  remote.commit('a.txt', 'one');
  remote.commit('a.txt', 'two');
  const shallow = join(host.dir, 'shallow.git');
  git(host.dir, 'clone', '--quiet', '--bare', '--depth=1', `file://${remote.url}`, shallow);
  const first = await pull(`file://${shallow}`);
  assert.is(first.code, 0, first.output);
  assert.is(first.repoCommit, git(shallow, 'rev-parse', 'main'));

  remote.commit('a.txt', 'three');
  remote.commit('a.txt', 'four');
  git(shallow, 'fetch', '--quiet', '--depth=1', `file://${remote.url}`, '+main:main');
  const next = await pull(`file://${shallow}`);
  assert.is(next.code, 0, next.output);
  assert.is(next.repoCommit, git(shallow, 'rev-parse', 'main'));
  assert.is(next.evidence.repaired, undefined);
});

test('a checkout of yours whose remote became shallow is not said to be pulled', async () => {
  remote.commit('a.txt', 'one');
  const origin = join(host.dir, 'middle.git');
  git(host.dir, 'clone', '--quiet', '--bare', `file://${remote.url}`, origin);
  git(host.dir, 'clone', '--quiet', `file://${origin}`, repo());
  assert.is((await pull(null)).code, 0);
  for (const text of ['two', 'three', 'four']) remote.commit('a.txt', text);
  rmSync(origin, { recursive: true });
  git(host.dir, 'clone', '--quiet', '--bare', '--depth=1', `file://${remote.url}`, origin);
  const end = await pull(null);
  assert.is(end.code, 1, end.output);
  assert.match(end.output, `git -C ${repo()} fetch --update-shallow origin`);
  git(repo(), 'fetch', '--quiet', '--update-shallow', 'origin');
  assert.is(end.evidence.fetchedCommit, undefined);
});

test('a shallow clone follows a branch that was moved to an older commit, and one with a new first commit', async () => {
  const old = remote.commit('a.txt', 'one');
  remote.commit('a.txt', 'two');
  remote.commit('a.txt', 'three');
  const url = `file://${remote.url}`;
  git(host.dir, 'clone', '--quiet', '--depth=1', url, repo());
  assert.is((await pull(url)).code, 0);
  remote.git('push', '--quiet', '--force', 'origin', `${old}:main`);
  const back = await pull(url);
  assert.is(back.code, 0, back.output);
  assert.is(back.repoCommit, old);

  remote.git('checkout', '--quiet', '--orphan', 'fresh');
  const anew = remote.commit('b.txt', 'another history');
  git(remote.url, 'reflog', 'expire', '--expire=now', '--all');
  git(remote.url, 'gc', '--quiet', '--prune=now');
  const end = await pull(url);
  assert.is(end.code, 0, end.output);
  assert.is(end.repoCommit, anew);
});

test('a required filter whose program is missing fails in words, is not damage, and heals once it is there', async () => {
  remote.commit('a.txt', 'one');
  assert.is((await pull(remote.url)).code, 0);
  writeFileSync(join(host.dir, '.gitconfig'), '[filter "lfs"]\n  smudge = git-lfs-missing smudge -- %f\n  required\n');
  writeFileSync(join(host.dir, 'origin-work/.gitattributes'), '*.bin filter=lfs\n');
  const commit = remote.commit('big.bin', 'version https://git-lfs.github.com/spec/v1\n');
  const failed = await pull(remote.url);
  assert.is.not(failed.code, 0);
  assert.match(failed.output, /git-lfs-missing.*not found/);
  assert.is(failed.evidence.repaired, undefined);
  rmSync(join(host.dir, '.gitconfig'));
  const healed = await pull(remote.url);
  assert.is(healed.code, 0, healed.output);
  assert.is(healed.repoCommit, commit);
});

test('a checkout of yours that is a submodule of another is pulled into', async () => {
  remote.commit('flake.lock', '{}');
  const outer = createGitRemote(host.dir, 'outer');
  const allow = ['-c', 'protocol.file.allow=always'];
  outer.git(...allow, 'submodule', '--quiet', 'add', '-b', 'main', remote.url, 'part');
  outer.commit('a.txt', 'one');
  const dir = join(host.dir, 'clone');
  git(host.dir, ...allow, 'clone', '--quiet', '--recurse-submodules', outer.url, dir);
  const part = join(dir, 'part');
  assert.match(readFileSync(join(part, '.git'), 'utf8'), /^gitdir: /);
  git(part, 'checkout', '--quiet', '-B', 'main', '--track', 'origin/main');
  const commit = remote.commit('flake.lock', '{"two": 2}');
  const end = await pull(null, part);
  assert.is(end.code, 0, end.output);
  assert.is(end.repoCommit, commit);
  assert.is(end.evidence.fetchedCommit, commit);
  assert.is(git(dir, 'rev-parse', 'HEAD'), git(outer.url, 'rev-parse', 'main'), 'the outer one stays');
});

test.run();
