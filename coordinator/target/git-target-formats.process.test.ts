import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createGitScene, found, type GitScene, sha256, withEnvironment } from '../fixtures/git-scene.ts';

let scene: GitScene;
test.before(() => {
  scene = createGitScene();
});
test.after(() => scene.close());

test('a remote that keeps its objects by SHA-256 is read', async () => {
  const repo = scene.repository({ format: 'sha256' });
  const commit = repo.push('one');
  assert.is(commit.length, 64);
  assert.equal(await repo.look(), found(commit, sha256('one')));
});

test('the hash is that of what git stores, whatever it would write into a checkout', async () => {
  const repo = scene.repository();
  writeFileSync(join(repo.clone, '.gitattributes'), 'flake.lock text eol=crlf\n');
  const commit = repo.push('one\r\n');
  assert.equal(await repo.look(), found(commit, sha256('one\n')));
});

test('a flake.lock that is a link is the file of the repository that it leads to', async () => {
  const repo = scene.repository();
  mkdirSync(join(repo.clone, 'locks/24.05'), { recursive: true });
  writeFileSync(join(repo.clone, 'locks/24.05/flake.lock'), 'linked\n');
  symlinkSync('24.05', join(repo.clone, 'locks/stable'));
  symlinkSync('locks/stable/flake.lock', join(repo.clone, 'flake.lock'));
  const commit = repo.push(null);
  assert.equal(await repo.look(), found(commit, sha256('linked\n')));

  for (const nowhere of ['/etc/hostname', '../outside', 'missing', 'flake.lock', 'locks']) {
    rmSync(join(repo.clone, 'flake.lock'));
    symlinkSync(nowhere, join(repo.clone, 'flake.lock'));
    const led = repo.push(null);
    assert.equal(await repo.look(), found(led, null), nowhere);
  }
});

test("its user's formats, templates and hooks are in no way, nor a repository that the environment or the working folder names", async () => {
  const repo = scene.repository();
  const commit = repo.push('one');
  const folder = scene.home(
    '[init]\ndefaultRefFormat = reftable\ndefaultObjectFormat = sha256\ntemplateDir = /nowhere\n[core]\nhooksPath = /nowhere\n',
  );
  const elsewhere = join(folder, 'elsewhere');
  const env = {
    HOME: folder,
    GIT_DIR: elsewhere,
    GIT_WORK_TREE: elsewhere,
    GIT_INDEX_FILE: elsewhere,
    GIT_OBJECT_DIRECTORY: elsewhere,
    GIT_DEFAULT_HASH: 'sha256',
  };
  assert.equal(await withEnvironment(env, () => repo.look()), found(commit, sha256('one')));
  assert.is(existsSync(elsewhere), false);

  const start = process.cwd();
  writeFileSync(join(folder, '.git'), 'cut by a power cut');
  process.chdir(folder);
  try {
    assert.equal(await repo.look(), found(commit, sha256('one')));
  } finally {
    process.chdir(start);
  }
});

test.run();
