import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rootMissing, testUnless } from '../../../../scripts/test-needs.ts';
import { createCustom } from '../../custom.ts';
import { createGitRemote, git } from '../../fixtures/git-remote.ts';
import { createTestHost, type TestHost } from '../../fixtures/test-host.ts';

let host: TestHost;
test.before.each(() => {
  host = createTestHost();
});
test.after.each(() => host.close());

const scene = ({ format = 'sha1' as 'sha1' | 'sha256', branch = 'main' } = {}) => {
  const remote = createGitRemote(host.dir, 'origin', format);
  const repo = join(host.dir, 'repo');
  const platformOf = (of: string) => createCustom(host.settings({ repo: { dir: repo, url: remote.url, branch: of } }));
  const run = (of = branch) => host.run(platformOf(of), 'pull');
  const pull = async (of = branch) => {
    const end = await run(of);
    return { ...end, head: git(repo, 'rev-parse', 'HEAD'), repoCommit: (await platformOf(of).facts()).repoCommit };
  };
  return { remote, repo, run, pull };
};

const besides = (repo: string) => readdirSync(repo).filter((name) => name.startsWith('.git.'));

test('a remote with SHA-256 objects is cloned, and one remade in that format is followed', async () => {
  const { remote, repo, pull } = scene({ format: 'sha256' });
  const commit = remote.commit('flake.lock', '{}');
  const first = await pull();
  assert.is(first.code, 0, first.output);
  assert.equal([commit.length, first.repoCommit, first.evidence.fetchedCommit], [64, commit, commit]);

  rmSync(remote.url, { recursive: true });
  rmSync(join(host.dir, 'origin-work'), { recursive: true });
  const other = createGitRemote(host.dir).commit('flake.lock', '{"now": "SHA-1"}');
  const followed = await pull();
  assert.is(followed.code, 0, followed.output);
  assert.equal([other.length, followed.repoCommit], [40, other]);
  assert.match(followed.evidence.repaired ?? '', 'another object format');
  assert.is(git(repo, 'status', '--porcelain'), '');
});

test('a branch below an old branch is followed, and the reverse', async () => {
  const { remote, repo, pull } = scene();
  remote.commit('a.txt', 'one');
  const move = (...refspecs: string[]) => remote.git('push', '--quiet', 'origin', ...refspecs);
  move('HEAD:refs/heads/release');
  assert.is((await pull('release')).code, 0);
  move(':refs/heads/release');
  move('HEAD:refs/heads/release/24.05');
  const below = await pull('release/24.05');
  assert.is(below.code, 0, below.output);
  assert.is(git(repo, 'symbolic-ref', 'HEAD'), 'refs/heads/release/24.05');
  git(repo, 'pack-refs', '--all');
  move(':refs/heads/release/24.05');
  move('HEAD:refs/heads/release');
  const above = await pull('release');
  assert.is(above.code, 0, above.output);
  assert.is(git(repo, 'symbolic-ref', 'HEAD'), 'refs/heads/release');
  assert.is(above.repoCommit, above.head);
});

test('locks of every kind that a killed git left are removed', async () => {
  const { remote, repo, pull } = scene();
  remote.commit('a.txt', 'one');
  await pull();
  git(repo, 'pack-refs', '--all');
  const commit = remote.commit('a.txt', 'two');
  const locks = [
    'index.lock',
    'packed-refs.lock',
    'packed-refs.new',
    'info/sparse-checkout.lock',
    'objects/info/commit-graph.lock',
    'objects/pack/multi-pack-index.lock',
    'objects/maintenance.lock',
    'refs/heads/main.lock',
    'worktrees/other/index.lock',
  ];
  for (const lock of locks) {
    mkdirSync(join(repo, '.git', lock, '..'), { recursive: true });
    writeFileSync(join(repo, '.git', lock), '');
  }
  const end = await pull();
  assert.is(end.code, 0, end.output);
  assert.is(end.head, commit);
  for (const lock of locks) {
    assert.match(end.output, `removed ${lock}`);
    assert.not(existsSync(join(repo, '.git', lock)), lock);
  }
});

test('a clone that can be remade only in part stays as it is, with nothing left beside it', async () => {
  const { remote, repo, pull } = scene();
  const commit = remote.commit('flake.lock', '{}');
  await pull();
  const id = remote.commit('flake.lock', '{"two": 2}');
  writeFileSync(join(repo, '.git/packed-refs'), '\0'.repeat(80));
  const away = join(host.dir, 'away.git');
  renameSync(remote.url, away);
  const failed = await host.run(
    createCustom(host.settings({ repo: { dir: repo, url: remote.url, branch: 'main' } })),
    'pull',
  );
  assert.is.not(failed.code, 0);
  assert.equal(besides(repo), []);
  assert.is(readFileSync(join(repo, 'flake.lock'), 'utf8'), '{}');
  assert.is(readFileSync(join(repo, '.git/refs/heads/main'), 'utf8').trim(), commit);

  renameSync(away, remote.url);
  const healed = await pull();
  assert.is(healed.code, 0, healed.output);
  assert.is(healed.repoCommit, id);
  assert.match(healed.evidence.repaired ?? '', /packed-refs/);
});

test('an interrupted renewal goes on if the new clone was whole, else it begins again', async () => {
  const { remote, repo, pull } = scene();
  remote.commit('flake.lock', '{}');
  await pull();
  const beside = join(repo, '.git.switchyard-new');
  const commit = remote.commit('flake.lock', '{"two": 2}');
  cpSync(join(repo, '.git'), join(beside, '.git'), { recursive: true });
  rmSync(join(beside, '.git/HEAD'));
  const begun = await pull();
  assert.is(begun.code, 0, begun.output);
  assert.equal([begun.head, besides(repo)], [commit, []]);

  const next = remote.commit('flake.lock', '{"three": 3}');
  mkdirSync(beside);
  cpSync(join(repo, '.git'), join(beside, '.git'), { recursive: true });
  renameSync(join(repo, '.git'), join(beside, 'old'));
  const goneOn = await pull();
  assert.is(goneOn.code, 0, goneOn.output);
  assert.equal([goneOn.head, besides(repo)], [next, []]);
});

test('objects borrowed from a vanished repository are fetched', async () => {
  const { remote, repo, pull } = scene();
  remote.commit('a.txt', 'one');
  const lender = join(host.dir, 'lender');
  git(host.dir, 'clone', '--quiet', remote.url, lender);
  git(host.dir, 'clone', '--quiet', '--shared', lender, repo);
  git(repo, 'remote', 'set-url', 'origin', remote.url);
  assert.is((await pull()).code, 0);
  rmSync(lender, { recursive: true });
  const commit = remote.commit('b.txt', 'two');
  const end = await pull();
  assert.is(end.code, 0, end.output);
  assert.is(end.repoCommit, commit);
  git(repo, 'fsck');
});

test("a file with changes that git ignores gets the commit's content again", async () => {
  const { remote, repo, pull } = scene();
  for (const name of ['flake.lock', 'skipped.txt', 'far/away.txt']) remote.commit(name, 'one');
  await pull();
  git(repo, 'update-index', '--assume-unchanged', 'flake.lock');
  git(repo, 'update-index', '--skip-worktree', 'skipped.txt');
  for (const name of ['flake.lock', 'skipped.txt']) writeFileSync(join(repo, name), 'changed here');
  const commit = remote.commit('a.txt', 'two');
  const read = () =>
    ['flake.lock', 'skipped.txt', 'far/away.txt'].map((name) => readFileSync(join(repo, name), 'utf8'));
  assert.is((await pull()).head, commit);
  assert.equal(read(), ['one', 'one', 'one']);

  git(repo, 'sparse-checkout', 'set', '--cone', 'none');
  assert.not(existsSync(join(repo, 'far')));
  const whole = await pull();
  assert.is(whole.code, 0, whole.output);
  assert.equal(read(), ['one', 'one', 'one']);
  assert.is(git(repo, 'status', '--porcelain'), '');
});

test("people's settings in a clone's configuration stay when it is remade", async () => {
  const { remote, repo, pull } = scene();
  remote.commit('a.txt', 'one');
  await pull();
  git(repo, 'config', 'core.sshCommand', 'ssh -i /run/keys/deploy');
  git(repo, 'config', '--add', 'url.https://mirror.example.com/.insteadOf', 'https://example.com/');
  const odd: [name: string, value: string][] = [
    ['http.https://example.com/a"b\\c.extraHeader', 'Authorization: Basic "c2VjcmV0"  # no comment; '],
    ['alias.Long', 'one\ttwo\nthree\\four'],
    ['pack.threads', '1'],
    ['remote.origin.proxy', 'http://proxy.example.com:3128'],
    ['remote.origin.uploadpack', 'git-upload-pack'],
  ];
  for (const [name, value] of odd) git(repo, 'config', '--add', name, value);
  rmSync(join(repo, '.git/HEAD'));
  const end = await pull();
  assert.is(end.code, 0, end.output);
  for (const [name, value] of odd) assert.is(git(repo, 'config', name), value.trim(), name);
  assert.is(git(repo, 'config', 'core.sshCommand'), 'ssh -i /run/keys/deploy');
  assert.is(git(repo, 'config', 'url.https://mirror.example.com/.insteadOf'), 'https://example.com/');
});

const FAILING = '[filter "x"]\n  smudge = false\n  required\n';

test('commits that git would not make today are not damage', async () => {
  const { remote, repo, run, pull } = scene();
  const work = join(host.dir, 'origin-work');
  remote.commit('a.txt', 'one');
  const tree = git(work, 'rev-parse', 'HEAD^{tree}');
  const ill = join(host.dir, 'ill');
  writeFileSync(ill, `tree ${tree}\nauthor A <a@b.c> 1 +0000\ncommitter A<a@b.c> 01112911993 +0000\n\nold\n`);
  const old = git(work, 'hash-object', '-t', 'commit', '-w', '--literally', ill);
  git(work, 'reset', '--quiet', '--hard', old);
  remote.commit('b.txt', 'two');
  assert.throws(() => git(work, 'fsck'), /error in commit/);
  assert.is((await pull()).code, 0);

  // The failing part is the filter of git's user.
  remote.commit('.gitattributes', 'a.txt filter=x\n');
  writeFileSync(join(host.dir, '.gitconfig'), FAILING);
  const commit = remote.commit('a.txt', 'three');
  const failed = await run();
  assert.is.not(failed.code, 0);
  assert.match(failed.output, 'smudge filter x failed');
  assert.not.match(failed.output, 'making it anew');
  assert.not.match(failed.output, 'error in commit');
  assert.is(failed.evidence.repaired, undefined);
  rmSync(join(host.dir, '.gitconfig'));
  assert.is((await pull()).head, commit);

  // Real damage is found beside them.
  const blob = git(repo, 'rev-parse', `${old}:a.txt`);
  const object = join(repo, '.git/objects', blob.slice(0, 2), blob.slice(2));
  rmSync(object);
  writeFileSync(object, '');
  writeFileSync(join(host.dir, '.gitconfig'), FAILING);
  remote.commit('a.txt', 'four');
  const found = await run();
  assert.match(found.evidence.repaired ?? '', /^the clone was damaged \(object file \S+ is empty\) and made anew$/);
});

test('a pull repairs damage to submodules, work tree or layout', async () => {
  const { remote, repo, pull } = scene();
  const part = createGitRemote(host.dir, 'part');
  part.commit('part.txt', 'one');
  remote.commit('a.txt', 'one');
  remote.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', part.url, 'part');
  remote.commit('b.txt', 'with a part');
  git(host.dir, '-c', 'protocol.file.allow=always', 'clone', '--quiet', '--recurse-submodules', remote.url, repo);
  assert.is((await pull()).code, 0);

  part.commit('part.txt', 'two');
  remote.git('-C', 'part', 'pull', '--quiet', 'origin', 'main');
  writeFileSync(join(repo, '.git/modules/part/HEAD'), '');
  git(repo, 'config', 'submodule.recurse', 'true');
  git(repo, 'config', 'fetch.recurseSubmodules', 'true');
  git(repo, 'config', 'core.worktree', '/nowhere');
  git(repo, 'config', '--add', 'remote.origin.url', '/nowhere');
  const commit = remote.commit('a.txt', 'two');
  const end = await pull();
  assert.is(end.code, 0, end.output);
  assert.is(end.repoCommit, commit);
  assert.is(readFileSync(join(repo, 'a.txt'), 'utf8'), 'two');

  git(repo, 'config', 'core.bare', 'true');
  assert.is((await pull()).code, 0);
});

const rootTest = testUnless([rootMissing()]);
rootTest('a clone that somebody else owns is neither used nor remade', async () => {
  const { remote, repo, pull } = scene();
  remote.commit('a.txt', 'one');
  const first = await pull();
  remote.commit('a.txt', 'two');
  execFileSync('chown', ['-R', '65534', repo]);
  writeFileSync(join(repo, '.git/packed-refs'), '\0');
  const end = await host.run(
    createCustom(host.settings({ repo: { dir: repo, url: remote.url, branch: 'main' } })),
    'pull',
  );
  assert.is.not(end.code, 0);
  assert.match(end.output, 'dubious ownership');
  assert.match(end.output, 'chown it');
  assert.is(readFileSync(join(repo, '.git/refs/heads/main'), 'utf8').trim(), first.head);
});

test.run();
