import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createCustom } from '../custom.ts';
import { createGitRemote, git } from '../fixtures/git-remote.ts';
import { createTestHost, type TestHost } from '../fixtures/test-host.ts';

let host: TestHost;
test.before.each(() => {
  host = createTestHost();
});
test.after.each(() => host.close());

/** A repository with the commits one to four, of which the host has the second; `clone` is Switchyard's own, `checkout` a person's. */
async function scene(kind: 'clone' | 'checkout', format: 'sha1' | 'sha256' = 'sha1') {
  const remote = createGitRemote(host.dir, kind, format);
  const commits = ['one', 'two'].map((text) => remote.commit('a.txt', text));
  const dir = join(host.dir, `${kind}-of-host`);
  if (kind === 'checkout') git(host.dir, 'clone', '--quiet', remote.url, dir);
  const repo = { dir, url: kind === 'clone' ? remote.url : null, branch: 'main' };
  const platform = createCustom(host.settings({ repo }));
  const pull = (options: { commit?: string; allowOlder?: boolean } = {}) => host.run(platform, 'pull', { options });
  const first = await pull();
  assert.is(first.code, 0, first.output);
  commits.push(...['three', 'four'].map((text) => remote.commit('a.txt', text)));
  const [one = '', two = '', three = '', four = ''] = commits;
  return {
    remote,
    dir,
    pull,
    one,
    two,
    three,
    four,
    head: async () => (await platform.facts()).repoCommit,
    text: () => readFileSync(join(dir, 'a.txt'), 'utf8'),
  };
}

for (const kind of ['clone', 'checkout'] as const) {
  test(`${kind}: the wanted commit is checked out, wherever the branch is by now`, async () => {
    const { pull, head, text, three, four } = await scene(kind);
    const end = await pull({ commit: three });
    assert.is(end.code, 0, end.output);
    assert.equal([end.evidence.fetchedCommit, await head(), text()], [three, three, 'three']);
    assert.is((await pull({ commit: four })).code, 0);
    assert.is(await head(), four);
  });

  test(`${kind}: a commit outside the branch is refused`, async () => {
    const { remote, pull, head, two, four, text } = await scene(kind);
    remote.git('checkout', '--quiet', '-b', 'feature');
    remote.git('commit', '--quiet', '--allow-empty', '-m', 'not for this host');
    remote.git('push', '--quiet', 'origin', 'feature');
    const feature = remote.git('rev-parse', 'HEAD');
    remote.git('tag', '-a', '-m', 'a tag', 'v1', four);
    remote.git('push', '--quiet', 'origin', 'v1');
    for (const commit of [feature, 'f'.repeat(40), remote.git('rev-parse', 'v1')]) {
      const end = await pull({ commit, allowOlder: true });
      assert.is(end.code, 1, end.output);
      assert.is(end.evidence.failure?.code, 'commit_not_on_branch');
      assert.match(end.output, `${commit} is not on the branch, whose newest commit is ${four}`);
      assert.equal([await head(), text(), end.evidence.fetchedCommit], [two, 'two', undefined]);
    }
  });

  test(`${kind}: an older commit is accepted only with allowOlder`, async () => {
    const { pull, head, text, one, two, three } = await scene(kind);
    const refused = await pull({ commit: one });
    assert.is(refused.code, 1, refused.output);
    assert.is(refused.evidence.failure?.code, 'older_commit');
    assert.equal([await head(), text()], [two, 'two']);
    assert.is((await pull({ commit: two })).code, 0, 'the same commit is not older');

    const back = await pull({ commit: one, allowOlder: true });
    assert.is(back.code, 0, back.output);
    assert.equal([await head(), text(), back.evidence.fetchedCommit], [one, 'one', one]);
    assert.is((await pull({ commit: three, allowOlder: true })).code, 0);
    assert.equal([await head(), text()], [three, 'three']);
  });
}

test('a commit of a SHA-256 repository has a longer id, and a beginning of it is refused', async () => {
  const { pull, head, two, three } = await scene('clone', 'sha256');
  const end = await pull({ commit: three.slice(0, 40) });
  assert.is(end.evidence.failure?.code, 'commit_not_on_branch');
  assert.is(await head(), two);
  assert.is((await pull({ commit: three })).code, 0);
  assert.is(await head(), three);
});

test('a renewed clone still knows which commit it must not go behind', async () => {
  const { dir, pull, head, one, three } = await scene('clone');
  writeFileSync(join(dir, '.git/config'), 'no configuration');
  const refused = await pull({ commit: one });
  assert.match(refused.output, 'making it anew');
  assert.is(refused.evidence.failure?.code, 'older_commit', refused.output);
  assert.is((await pull({ commit: three })).code, 0);
  assert.is(await head(), three);
});

test('unreadable objects make no commit foreign: the clone is renewed', async () => {
  const { dir, pull, head, three } = await scene('clone');
  git(dir, 'fetch', '--quiet', 'origin', '+main:refs/remotes/origin/main');
  const file = join(dir, '.git/objects', three.slice(0, 2), three.slice(2));
  rmSync(file);
  writeFileSync(file, 'damaged');
  const end = await pull({ commit: three });
  assert.is(end.code, 0, end.output);
  assert.match(String(end.evidence.repaired), 'the clone was damaged');
  assert.is(await head(), three);
});

test("going back in a checkout keeps a person's changes, or is refused as a whole", async () => {
  const { dir, pull, head, text, one, two } = await scene('checkout');
  writeFileSync(join(dir, 'mine.txt'), 'a day of work');
  writeFileSync(join(dir, 'a.txt'), 'mine');
  const refused = await pull({ commit: one, allowOlder: true });
  assert.is.not(refused.code, 0, refused.output);
  assert.equal([await head(), text()], [two, 'mine']);

  git(dir, 'checkout', '--quiet', '--', 'a.txt');
  git(dir, 'commit', '--quiet', '--allow-empty', '-m', 'a commit of a person');
  const theirs = git(dir, 'rev-parse', 'HEAD');
  const own = await pull({ commit: one, allowOlder: true });
  assert.match(own.output, 'that its remote does not have');
  assert.is(own.code, 1);
  assert.is(await head(), theirs);

  git(dir, 'reset', '--quiet', '--keep', two);
  assert.is((await pull({ commit: one, allowOlder: true })).code, 0);
  assert.equal([await head(), text(), git(dir, 'symbolic-ref', 'HEAD')], [one, 'one', 'refs/heads/main']);
  assert.is(readFileSync(join(dir, 'mine.txt'), 'utf8'), 'a day of work');
});

test.run();
