import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { systemClock } from '../../shared/time/clock.ts';
import { createGitScene, type GitScene, NOTHING, withEnvironment } from '../fixtures/git-scene.ts';
import { createGit, type Git } from './git.ts';
import { createGitReader } from './git-target.ts';
import { createUrlReader } from './url-target.ts';

/** The credentials of a target stay with their owner. */

const never = new AbortController().signal;
const SECRET = 'secret&pw\'"$(x)';

let scene: GitScene;
test.before(() => {
  scene = createGitScene();
});
test.after(() => scene.close());

/** Every argument of every process of this machine. */
const allArguments = (): string =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');

/** A git remote over HTTP that demands this password; `seen` holds all arguments while it was asked. */
async function lockedRemote(password: string) {
  const remote = { tries: 0, opened: 0, seen: '', url: '', close: () => void server.close() };
  const server = createServer((request, response) => {
    remote.tries += 1;
    if (process.platform === 'linux') remote.seen += allArguments();
    const wanted = `Basic ${Buffer.from(`me:${password}`).toString('base64')}`;
    if (request.headers.authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="fleet"' }).end();
      return;
    }
    remote.opened += 1;
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  remote.url = `http://127.0.0.1:${port}/fleet.git`;
  return remote;
}

test('a remote is opened by credentialsFile, which is in no argument, is not changed, and is asked at each look', async () => {
  const remote = await lockedRemote(SECRET);
  try {
    const credentialsFile = join(scene.folder(), "it's a file");
    const stored = (password: string) =>
      `${remote.url.replace('://', `://me:${encodeURIComponent(password).replaceAll("'", '%27')}@`)}\n`;
    const reader = createGitReader({
      repoUrl: remote.url,
      credentialsFile,
      branch: 'main',
      dataDir: scene.folder(),
      git: createGit({ clock: systemClock }),
    });
    // A helper of git's user that would replace the file.
    const HOME = scene.home('[credential]\n  helper = "!f() { echo username=me; echo password=another; }; f"\n');
    const look = () => withEnvironment({ HOME }, () => reader.look(NOTHING, never));
    const gone = await look();
    assert.match(gone.kind === 'failed' ? gone.detail : '', /^credentialsFile: .*file cannot be read \(ENOENT\)$/);
    assert.is(remote.tries, 0);
    writeFileSync(credentialsFile, stored('an old one'), { mode: 0o600 });
    const refused = await look();
    assert.equal([refused.kind, remote.opened, remote.tries > 1], ['failed', 0, true]);
    assert.is(readFileSync(credentialsFile, 'utf8'), stored('an old one'), 'a refusal does not empty it');

    writeFileSync(credentialsFile, stored(SECRET));
    await look();
    assert.ok(remote.opened > 0);
    assert.is(readFileSync(credentialsFile, 'utf8'), stored(SECRET));
    if (process.platform === 'linux') assert.match(remote.seen, 'ls-remote');
    for (const secret of [SECRET, encodeURIComponent(SECRET), 'an old one', 'an%20old%20one'])
      assert.not.ok(remote.seen.includes(secret), secret);
  } finally {
    remote.close();
  }
});

test('a password that git’s own configuration would put into the address is handed to no remote helper, and shown nowhere', async () => {
  const HOME = scene.home('[url "https://me:secretpw@host.invalid/"]\n  insteadOf = https://host.invalid/\n');
  const asked: string[] = [];
  const real = createGit({ clock: systemClock });
  const git: Git = (args, options) => {
    asked.push(args.join(' '));
    return real(args, options);
  };
  const reader = createGitReader({
    repoUrl: 'https://host.invalid/fleet.git',
    branch: 'main',
    dataDir: scene.folder(),
    git,
  });
  const look = await withEnvironment({ HOME }, () => reader.look(NOTHING, never));
  assert.ok(look.kind === 'failed');
  assert.match(look.detail, /git's configuration puts a password or token into the address .* credentialsFile/);
  assert.not.match(look.detail, 'secretpw');
  assert.equal(asked, ['ls-remote --get-url -- https://host.invalid/fleet.git']);
});

test('URLs in messages of git are shown without user and password', async () => {
  const git: Git = async (args) =>
    args.includes('--get-url')
      ? { kind: 'done', stdout: Buffer.from('https://host.invalid/x') }
      : { kind: 'failed', detail: "redirected to 'https://me:secretpw@elsewhere.invalid/x'" };
  const reader = createGitReader({ repoUrl: 'https://host.invalid/x', branch: 'main', dataDir: '.', git });
  assert.equal(await reader.look(NOTHING, never), {
    kind: 'failed',
    detail: "redirected to 'https://elsewhere.invalid/x'",
  });
});

/** A version.json for requests with this token; elsewhere it redirects there. */
async function versionServer(token: string) {
  const asked: Record<string, unknown>[] = [];
  const server = createServer(({ url, headers }, response) => {
    asked.push({ url, token: headers['private-token'] });
    if (url?.startsWith('/moved')) response.writeHead(302, { location: '/version.json?token=secretpw' }).end();
    else if (headers['private-token'] !== token) response.writeHead(403).end();
    else response.end(JSON.stringify({ commit: 'a'.repeat(40) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { address: `http://127.0.0.1:${port}`, asked, close: () => void server.close() };
}

test('a version file is opened by headersFile, read at each look, and what opens it follows no redirect', async () => {
  const server = await versionServer('secretpw');
  try {
    const headersFile = join(scene.folder(), 'headers');
    const lookAt = (path: string) =>
      createUrlReader({
        versionUrl: `${server.address}${path}`,
        headersFile,
        branch: 'main',
        clock: systemClock,
      }).look(NOTHING, never);
    const gone = await lookAt('/version.json');
    assert.ok(gone.kind === 'failed');
    assert.match(gone.detail, /^headersFile: .*headers cannot be read \(ENOENT\)$/);
    writeFileSync(headersFile, 'Accept: application/json\n\nPRIVATE-TOKEN: secretpw\n');
    assert.is((await lookAt('/version.json')).kind, 'found');
    const moved = await lookAt('/moved');
    assert.is(moved.kind, 'failed');
    assert.not.match(JSON.stringify(moved), 'secretpw');
    assert.equal(
      server.asked.map(({ url }) => url),
      ['/version.json', '/moved'],
    );
    for (const bad of ['secretpw', 'a b: secretpw', 'x: secret\u0000pw']) {
      writeFileSync(headersFile, `Accept: */*\n${bad}\n`);
      const look = await lookAt('/version.json');
      assert.match(JSON.stringify(look), /headers:2 is not a header: it takes/);
      assert.not.match(JSON.stringify(look), /secret/);
    }
  } finally {
    server.close();
  }
});

test('the query of a version URL is used, and shown nowhere', async () => {
  const server = await versionServer('nobody has it');
  try {
    const versionUrl = `${server.address}/version.json?token=secretpw`;
    const reader = createUrlReader({ versionUrl, branch: 'main', clock: systemClock });
    const shown = `${server.address}/version.json?…`;
    assert.is(reader.name, shown);
    assert.equal(await reader.look(NOTHING, never), { kind: 'failed', detail: `${shown} answered HTTP 403` });
    assert.is(server.asked[0]?.url, '/version.json?token=secretpw');
    server.close();
    const unreachable = createUrlReader({
      versionUrl: 'http://127.0.0.1:1/x?token=secretpw',
      branch: 'main',
      clock: systemClock,
    });
    assert.not.match(JSON.stringify(await unreachable.look(NOTHING, never)), 'secretpw');
  } finally {
    server.close();
  }
});

test.run();
