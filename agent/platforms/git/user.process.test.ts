/** Settings and environment of git's user, where they reach a pull. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createCustom } from '../custom.ts';
import { createGitRemote, git } from '../fixtures/git-remote.ts';
import { createTestHost, type TestHost } from '../fixtures/test-host.ts';
import { findTool } from '../step/tool.ts';

let host: TestHost;
test.before.each(() => {
  host = createTestHost();
});
test.after.each(() => host.close());

const repoDir = () => join(host.dir, 'repo');
const pullFrom = (url: string | null, env: Record<string, string> = {}) =>
  host.run(createCustom(host.settings({ repo: { dir: repoDir(), url, branch: 'main' } })), 'pull', { env });

/** The home of the test host's user is its folder. */
const userSets = (config: string) => writeFileSync(join(host.dir, '.gitconfig'), config);

test('an isolated clone has exactly the commit’s files, and runs nothing of the user’s', async () => {
  const remote = createGitRemote(host.dir);
  remote.commit('flake.lock', '{}\n');
  const ran = join(host.dir, 'ran');
  const hooks = join(host.dir, 'hooks');
  mkdirSync(join(host.dir, 'template/hooks'), { recursive: true });
  mkdirSync(hooks);
  const program = `#!/bin/sh\necho "$0" >> ${ran}\n`;
  for (const name of ['post-checkout', 'post-index-change', 'reference-transaction', 'fsmonitor']) {
    writeFileSync(join(hooks, name), program, { mode: 0o755 });
    writeFileSync(join(host.dir, 'template/hooks', name), program, { mode: 0o755 });
  }
  userSets(`[core]
    hooksPath = ${hooks}
    fsmonitor = ${join(hooks, 'fsmonitor')}
    autocrlf = true
    splitIndex = true
    untrackedCache = true
    checkStat = minimal
    bigFileThreshold = 1
    ignoreStat = true
    fileMode = false
    sparseCheckout = true
    preferSymlinkRefs = true
  [index]
    skipHash = true
  [init]
    templateDir = ${join(host.dir, 'template')}
    defaultRefFormat = reftable
    defaultObjectFormat = sha256
    defaultBranch = trunk
  [remote "origin"]
    fetch = +refs/heads/*:refs/remotes/origin/main/*
    promisor = true
    partialCloneFilter = blob:none
  [safe]
    bareRepository = explicit
  [transfer]
    fsckObjects = true
  [protocol]
    version = 0
  [diff]
    external = /nowhere
    orderFile = /nowhere
  [submodule]
    recurse = true
  [fetch]
    prune = true
    pruneTags = true
    writeCommitGraph = true
  [log]
    showSignature = true
  [color]
    ui = always
  [status]
    showUntrackedFiles = no
`);
  for (const text of ['{"one": 1}\n', '{"two": 2}\n']) {
    const commit = remote.commit('flake.lock', text);
    const end = await pullFrom(remote.url);
    assert.is(end.code, 0, end.output);
    assert.is(end.evidence.fetchedCommit, commit);
    assert.is(readFileSync(join(repoDir(), 'flake.lock'), 'utf8'), text);
    assert.match(end.output, `fetched ${commit} change flake.lock`);
  }
  assert.not(existsSync(ran), 'no hook and no monitor ran');
  assert.is(git(repoDir(), 'status', '--porcelain', '--ignored'), '');
});

test('a checkout with untracked files that its user hides is not taken over', async () => {
  const remote = createGitRemote(host.dir);
  remote.commit('a.txt', 'one');
  git(host.dir, 'clone', '--quiet', remote.url, repoDir());
  writeFileSync(join(repoDir(), 'mine.txt'), 'a day of work');
  userSets('[status]\n  showUntrackedFiles = no\n');
  const end = await pullFrom(remote.url);
  assert.is(end.code, 1, end.output);
  assert.match(end.output, 'uncommitted changes');
  assert.is(readFileSync(join(repoDir(), 'mine.txt'), 'utf8'), 'a day of work');
});

/** A remote that demands a password, and the program that an asking git would start. */
async function lockedRemote() {
  const server = createServer((_, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="fleet"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const ask = join(host.dir, 'ask');
  const asked = join(host.dir, 'asked');
  writeFileSync(ask, `#!/bin/sh\n: > ${asked}\nexec sleep 600\n`, { mode: 0o755 });
  return {
    url: `http://127.0.0.1:${address.port}/fleet.git`,
    ask,
    wasAsked: () => existsSync(asked),
    close: () => void server.close(),
  };
}

for (const isClone of [true, false])
  test(`a needed password fails a pull into a ${isClone ? 'clone' : 'checkout'} at once, with advice`, async () => {
    const remote = await lockedRemote();
    try {
      if (!isClone) {
        git(host.dir, 'init', '--quiet', '-b', 'main', repoDir());
        git(repoDir(), 'remote', 'add', 'origin', remote.url);
      }
      const askpasses: Record<string, string>[] = [
        { SSH_ASKPASS: remote.ask, SSH_ASKPASS_REQUIRE: 'force' },
        { GIT_ASKPASS: remote.ask },
        {},
      ];
      for (const env of askpasses) {
        userSets(Object.keys(env).length === 0 ? `[core]\n  askPass = ${remote.ask}\n` : '');
        const end = await pullFrom(isClone ? remote.url : null, env);
        assert.is(end.code, 128, end.output);
        assert.match(end.output, 'could not read Username');
        assert.match(end.output, 'set up a git credential helper');
        assert.not(remote.wasAsked());
      }
    } finally {
      remote.close();
    }
  });

test('a token that a person set in a clone is in no argument of git during its renewal', async () => {
  const remote = createGitRemote(host.dir);
  const commit = remote.commit('a.txt', 'one');
  assert.is((await pullFrom(remote.url)).code, 0);
  const header = 'Authorization: Bearer secretpw';
  git(repoDir(), 'config', 'http.https://example.com/.extraHeader', header);
  rmSync(join(repoDir(), '.git/HEAD'));
  const [bin, heard] = [join(host.dir, 'bin'), join(host.dir, 'heard')];
  mkdirSync(bin);
  const real = findTool('git', process.env.PATH ?? '');
  writeFileSync(join(bin, 'git'), `#!/bin/sh\necho "$*" >> ${heard}\nexec ${real} "$@"\n`, { mode: 0o755 });
  const end = await pullFrom(remote.url, { PATH: `${bin}:${process.env.PATH}` });
  assert.is(end.code, 0, end.output);
  assert.equal(
    [git(repoDir(), 'rev-parse', 'HEAD'), git(repoDir(), 'config', 'http.https://example.com/.extraHeader')],
    [commit, header],
  );
  assert.match(readFileSync(heard, 'utf8'), 'fetch');
  assert.not.match(readFileSync(heard, 'utf8'), 'secretpw');
});

for (const isClone of [true, false])
  test(`a password that git's configuration puts into the address ${isClone ? 'fails the pull of a clone' : 'is reported for a checkout'}, and is shown nowhere`, async () => {
    const url = 'https://127.0.0.1:1/fleet.git';
    userSets('[url "https://me:secretpw@127.0.0.1:1/"]\n  insteadOf = https://127.0.0.1:1/\n');
    if (!isClone) {
      git(host.dir, 'init', '--quiet', '-b', 'main', repoDir());
      git(repoDir(), 'remote', 'add', 'origin', url);
    }
    const end = await pullFrom(isClone ? url : null);
    assert.is(end.code, isClone ? 1 : 128, end.output);
    assert.match(
      end.output,
      /https:\/\/127\.0\.0\.1:1\/fleet\.git with a password or token in it .* credential helper/,
    );
    assert.not.match(end.output, 'secretpw');
  });

test('ssh’s errors that a person could have prevented come with advice, in any language of the user’s', async () => {
  const says = { 'Host key verification failed.': 'ssh-keyscan', 'Permission denied (publickey).': 'deploy key' };
  for (const [words, hint] of Object.entries(says)) {
    userSets(`[core]\n  sshCommand = "echo '${words}' >&2; exit 255; :"\n`);
    const end = await pullFrom('git@host.invalid:fleet.git', { LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' });
    assert.is(end.code, 128, end.output);
    assert.match(end.output, words);
    assert.match(end.output, hint);
  }
});

test.run();
