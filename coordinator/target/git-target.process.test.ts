import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { systemClock } from '../../shared/time/clock.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { createGitScene, found, type GitScene, NOTHING, sha256 } from '../fixtures/git-scene.ts';
import { createGit } from './git.ts';
import { createGitReader } from './git-target.ts';

const never = new AbortController().signal;

let scene: GitScene;
test.before(() => {
  scene = createGitScene();
});
test.after(() => scene.close());

test('the target is the commit of the branch and the sha256 of the bytes of its flake.lock', async () => {
  const repo = scene.repository();
  const commit = repo.push('{"lock": 1}\r\n\n');
  assert.equal(await repo.look(), found(commit, sha256('{"lock": 1}\r\n\n')));
  assert.is(existsSync(join(repo.dataDir, 'target.git')), false, 'nothing is left of the fetch');
});

test('flake.lock is fetched again only when the commit changed', async () => {
  const repo = scene.repository();
  const one = repo.push('one');
  await repo.look();
  assert.is(repo.count('fetch'), 1);
  assert.equal(await repo.look({ commit: one, lockHash: 'as known' }), found(one, 'as known'));
  assert.is(repo.count('fetch'), 1);
  const two = repo.push('two');
  assert.equal(await repo.look({ commit: one, lockHash: sha256('one') }), found(two, sha256('two')));
  assert.is(repo.count('fetch'), 2);
});

test('a force push is followed back to another history', async () => {
  const repo = scene.repository();
  const first = repo.push('first');
  const second = repo.push('second');
  assert.equal(await repo.look({ commit: first, lockHash: sha256('first') }), found(second, sha256('second')));
  repo.run('reset', '--quiet', '--hard', first);
  const third = repo.push('third', '--force');
  assert.equal(await repo.look({ commit: second, lockHash: sha256('second') }), found(third, sha256('third')));
});

test('a commit without flake.lock has no lock hash', async () => {
  const repo = scene.repository();
  const commit = repo.push(null);
  assert.equal(await repo.look(), found(commit, null));
});

test('the flake.lock of a flake in a subfolder is read there', async () => {
  const repo = scene.repository();
  const folder = 'my nix #1';
  mkdirSync(join(repo.clone, folder));
  writeFileSync(join(repo.clone, folder, 'flake.lock'), 'below');
  repo.run('add', '--all');
  const commit = repo.push('above');
  const git = createGit({ clock: systemClock });
  const given = { repoUrl: repo.remote, branch: 'main', dataDir: repo.dataDir, git };
  assert.equal(
    await createGitReader({ ...given, flakeDir: folder }).look(NOTHING, never),
    found(commit, sha256('below')),
  );
  assert.equal(await createGitReader({ ...given, flakeDir: 'none' }).look(NOTHING, never), found(commit, null));
});

test('a deleted branch is reported, even if another ref ends with its name', async () => {
  const repo = scene.repository();
  const commit = repo.push('one');
  repo.run('push', '--quiet', 'origin', 'main:refs/heads/old/refs/heads/main', ':refs/heads/main');
  assert.equal(await repo.look({ commit }), { kind: 'failed', detail: `${repo.remote} has no branch main` });
});

test('leftovers of a killed fetch or a power cut in the folder do not stop the next fetch', async () => {
  const repo = scene.repository();
  const commit = repo.push('one');
  execFileSync('git', ['init', '--quiet', '--bare', join(repo.dataDir, 'target.git')]);
  for (const file of ['shallow.lock', 'HEAD', 'config', 'packed-refs', 'refs/heads/target', 'objects/pack/x.pack'])
    writeFileSync(join(repo.dataDir, 'target.git', file), '\0'.repeat(41));
  assert.equal(await repo.look(), found(commit, sha256('one')));
});

test('a remote that is not there fails with what git says', async () => {
  const git = createGit({ clock: systemClock });
  const folder = scene.folder();
  const reader = createGitReader({ repoUrl: join(folder, 'none'), branch: 'main', dataDir: folder, git });
  const look = await reader.look(NOTHING, never);
  assert.ok(look.kind === 'failed');
  assert.match(look.detail, 'does not appear to be a git repository');
});

test('an address that looks like an option is none', async () => {
  const folder = scene.folder();
  const mark = join(folder, 'mark');
  const git = createGit({ clock: systemClock });
  const reader = createGitReader({ repoUrl: `--upload-pack=touch ${mark}`, branch: 'main', dataDir: folder, git });
  assert.is((await reader.look(NOTHING, never)).kind, 'failed');
  assert.is(existsSync(mark), false);
});

/** Listens, accepts connections and never answers. */
async function silentRemote() {
  const sockets: Socket[] = [];
  const connected = Promise.withResolvers<Socket>();
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {}).resume();
    connected.resolve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    connected: connected.promise,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

for (const protocol of ['git', 'http'])
  test(`a ${protocol} remote that never answers is given up, and every process of git ends`, async () => {
    const remote = await silentRemote();
    const clock = createFakeClock();
    const reader = createGitReader({
      repoUrl: `${protocol}://127.0.0.1:${remote.port}/fleet.git`,
      branch: 'main',
      dataDir: scene.folder(),
      git: createGit({ clock }),
    });
    try {
      const look = reader.look(NOTHING, never);
      const socket = await remote.connected;
      clock.advance(19_999);
      const hungUp = new Promise((resolve) => socket.on('close', resolve));
      clock.advance(1);
      assert.equal(await look, { kind: 'failed', detail: 'git had no answer after 20 s' });
      await hungUp;
      assert.is(clock.pending(), 0);
    } finally {
      remote.close();
    }
  });

test('a look that is aborted ends at once', async () => {
  const remote = await silentRemote();
  const stop = new AbortController();
  const reader = createGitReader({
    repoUrl: `git://127.0.0.1:${remote.port}/fleet.git`,
    branch: 'main',
    dataDir: scene.folder(),
    git: createGit({ clock: createFakeClock() }),
  });
  try {
    const look = reader.look(NOTHING, stop.signal);
    const socket = await remote.connected;
    const hungUp = new Promise((resolve) => socket.on('close', resolve));
    stop.abort();
    assert.equal(await look, { kind: 'failed', detail: 'stopped' });
    await hungUp;
  } finally {
    remote.close();
  }
});

test.run();
