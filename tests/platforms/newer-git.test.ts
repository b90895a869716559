/** A git newer than this machine's, with formats that an older one does not have. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createCustom } from '../../agent/platforms/custom.ts';
import { createGitRemote, type GitRemote, git } from '../../agent/platforms/fixtures/git-remote.ts';
import { createTestHost, type TestHost } from '../../agent/platforms/fixtures/test-host.ts';
import { mountsMissing, testUnless } from '../../scripts/test-needs.ts';
import { prepareNewerGit } from '../fixtures/newer-git.ts';

const newerTest = testUnless([mountsMissing()]);
const PATH = process.env.PATH ?? '';
let host: TestHost;
let remote: GitRemote;
test.before.each(() => {
  host = createTestHost();
  const newer = prepareNewerGit(host.dir);
  if ('missing' in newer) throw new Error(newer.missing);
  process.env.PATH = `${newer.bin}:${PATH}`;
  writeFileSync(
    join(host.dir, '.gitconfig'),
    '[init]\n  defaultRefFormat = reftable\n  defaultObjectFormat = sha256\n',
  );
});
test.after.each(() => {
  process.env.PATH = PATH;
  host.close();
});

const scene = (url: string | null) => {
  const repo = join(host.dir, 'repo');
  const path = process.env.PATH ?? '';
  const platform = createCustom(host.settings({ path, repo: { dir: repo, url, branch: 'main' } }));
  return { repo, platform, pull: () => host.run(platform, 'pull', { env: { PATH: path } }) };
};

newerTest(
  'a clone has its refs in files and the object format of its remote, whatever git’s user has set',
  async () => {
    remote = createGitRemote(host.dir);
    const { repo, platform, pull } = scene(remote.url);
    for (const text of ['{"one": 1}', '{"two": 2}']) {
      const commit = remote.commit('flake.lock', text);
      const end = await pull();
      assert.is(end.code, 0, end.output);
      assert.is((await platform.facts()).repoCommit, commit);
    }
    assert.is(git(repo, 'rev-parse', '--show-ref-format'), 'files');

    // The first git that can migrate refs can't migrate their history.
    rmSync(join(repo, '.git/logs'), { recursive: true });
    git(repo, 'refs', 'migrate', '--ref-format=reftable');
    assert.is((await platform.facts()).repoCommit, null);
    const commit = remote.commit('flake.lock', '{"three": 3}');
    const end = await pull();
    assert.is(end.code, 0, end.output);
    assert.match(end.evidence.repaired ?? '', 'another format');
    assert.is((await platform.facts()).repoCommit, commit);
  },
);

for (const isWorktree of [false, true])
  newerTest(
    `the commit of a person's ${isWorktree ? 'linked worktree' : 'checkout'} with a reftable is known after a pull, until refs change`,
    async () => {
      remote = createGitRemote(host.dir);
      remote.commit('a.txt', 'one');
      const { repo, platform, pull } = scene(null);
      const main = isWorktree ? join(host.dir, 'main') : repo;
      git(host.dir, 'clone', '--quiet', '--ref-format=reftable', remote.url, main);
      if (isWorktree) {
        git(main, 'checkout', '--quiet', '--detach');
        git(main, 'worktree', 'add', '--quiet', repo, 'main');
      }
      assert.is((await platform.facts()).repoCommit, null, 'not yet known');
      const commit = remote.commit('a.txt', 'two');
      const end = await pull();
      assert.is(end.code, 0, end.output);
      assert.equal([end.evidence.fetchedCommit, (await platform.facts()).repoCommit], [commit, commit]);

      git(repo, 'commit', '--quiet', '--allow-empty', '-m', 'a commit of a person');
      assert.is((await platform.facts()).repoCommit, null, 'no longer known');
      git(repo, 'push', '--quiet', 'origin', 'HEAD:main');
      assert.is((await pull()).code, 0);
      assert.is((await platform.facts()).repoCommit, git(repo, 'rev-parse', 'HEAD'));
    },
  );

test.run();
