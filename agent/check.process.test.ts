import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocketServer } from 'ws';
import { rootMissing, testUnless } from '../scripts/test-needs.ts';
import { systemClock } from '../shared/time/clock.ts';
import type { CheckLine } from './check/line.ts';
import { checkHost, formatCheck } from './check.ts';
import { type Config, readConfig } from './config/config.ts';
import { thisMachine } from './config/detect.ts';

const folder = mkdtempSync(join(tmpdir(), 'switchyard-check-'));
const answers = { status: 200, body: '{"hostId":"x","name":"web1"}' };
const seen: (string | undefined)[] = [];
let opensSocket = true;
const sockets = new WebSocketServer({ noServer: true });
const coordinator = createServer((request, response) => {
  seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
  response.writeHead(answers.status).end(answers.body);
});
coordinator.on('upgrade', (request, socket, head) => {
  if (opensSocket) sockets.handleUpgrade(request, socket, head, () => {});
  else socket.end('HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\n\r\n');
});
test.before(async () => {
  coordinator.listen(0, '127.0.0.1');
  await once(coordinator, 'listening');
});
test.after(() => {
  coordinator.close();
  rmSync(folder, { recursive: true, force: true });
});

function argv(): string[] {
  const url = `ws://127.0.0.1:${(coordinator.address() as AddressInfo).port}`;
  return ['--url', url, '--state-dir', join(folder, 'state'), '--platform', 'custom', '--launcher', 'process'];
}

function config(more: string[] = []): Config {
  const reading = readConfig([...argv(), ...more], { SWITCHYARD_TOKEN: 's3cret' }, thisMachine({}));
  if (reading.kind !== 'config') throw new Error(JSON.stringify(reading));
  return reading.config;
}

const env: Record<string, string | undefined> = { PATH: process.env.PATH, HOME: folder };
const line = async (what: string, given: Config, environment = env): Promise<CheckLine> => {
  const found = (await checkHost({ config: given, env: environment, clock: systemClock })).find(
    (candidate) => candidate.what === what,
  );
  if (!found) throw new Error(`there is no line ${what}`);
  return found;
};

test('on a good host every line is ok', async () => {
  const lines = await checkHost({ config: config(), env, clock: systemClock });
  assert.equal(
    lines.map(({ ok, what }) => [ok, what]),
    ['config', 'state', 'tools', 'repo', 'coordinator'].map((what) => [true, what]),
  );
  assert.is(seen.at(-1), 'GET /api/agent/self Bearer s3cret');
  assert.match(formatCheck(lines[4] as CheckLine), /^ok {4}coordinator {2}.*knows this host as web1$/);
});

test('--check names the trusted signers, and fails if there are none', async () => {
  const signers = join(folder, 'allowed-signers');
  const given = (path: string) => config(['--repo-dir', join(folder, 'none'), '--trusted-signers', path]);
  const missing = await line('signers', given(signers));
  assert.not(missing.ok);
  assert.match(missing.says, 'cannot be read (ENOENT): no commit is trusted (SWITCHYARD_TRUSTED_SIGNERS)');
  writeFileSync(signers, 'ann@example.com ssh-ed25519 AAAA\n');
  const found = await line('signers', given(signers));
  assert.equal([found.ok, found.says], [true, `a pull takes only what a signer of ${signers} has signed`]);
  const toolless = await line('signers', given(signers), { ...env, PATH: '/nonexistent' });
  assert.equal([toolless.ok, toolless.says], [false, 'ssh-keygen is not in PATH: signatures cannot be verified']);
});

test('--check names the configuration that a switch would build', async () => {
  const saysOf = async (...argv: string[]) => (await line('config', config(['--hostname', 'web1', ...argv]))).says;
  for (const [platform, name] of [
    ['nixos', 'nixosConfigurations'],
    ['nix-darwin', 'darwinConfigurations'],
    ['home-manager', 'homeConfigurations'],
  ] as const)
    assert.match(
      await saysOf('--platform', platform),
      `platform ${platform}, launcher process; a switch builds ${name}."web1"`,
    );
  assert.is(await saysOf(), 'web1, platform custom, launcher process');
});

test('a refused token, a foreign server and an absent one are told apart', async () => {
  answers.status = 401;
  const refused = await line('coordinator', config());
  assert.is(refused.ok, false);
  assert.match(refused.says, 'SWITCHYARD_TOKEN_FILE');
  assert.not.match(refused.says, 's3cret');
  answers.status = 200;
  answers.body = '<html>';
  assert.match((await line('coordinator', config())).says, 'not like a coordinator');
  answers.body = '{"hostId":"x","name":"web1"}';
  const absent = await line('coordinator', config(['--url', 'ws://127.0.0.1:1']));
  assert.is(absent.ok, false);
  assert.match(absent.says, 'SWITCHYARD_URL');
});

test('a coordinator that stands by is no fault beside one that leads, and alone it names the leader', async () => {
  const leader = 'http://one.example.com:8080';
  const refusal = JSON.stringify({ code: 'standby', detail: `This coordinator stands by: ask ${leader}`, leader });
  const standby = createServer((_request, response) => response.writeHead(503).end(refusal));
  standby.listen(0, '127.0.0.1');
  await once(standby, 'listening');
  const at = `127.0.0.1:${(standby.address() as AddressInfo).port}`;
  const [, leads = ''] = argv();
  const both = await line('coordinator', config(['--url', `${leads},ws://${at}`]));
  const alone = await line('coordinator', config(['--url', `ws://${at}`]));
  standby.close();
  assert.is(both.ok, true);
  assert.match(both.says, new RegExp(`knows this host as web1; http://${at}/api/agent/self stands by$`));
  assert.is(alone.ok, false);
  assert.match(alone.says, `stands by, and ${leader} leads: name that one too in SWITCHYARD_URL`);
});

test('a coordinator that is not ready is not taken for a proxy, and its words act on no terminal', async () => {
  const type = { 'content-type': 'application/problem+json; charset=utf-8' };
  let refusal: object = { code: 'storage_unavailable' };
  let isReady = false;
  const answering = createServer((_request, response) =>
    response.writeHead(isReady ? 200 : 503, type).end(JSON.stringify(isReady ? { name: 'web1' } : refusal)),
  );
  answering.on('upgrade', (_request, socket) =>
    socket.end(
      `HTTP/1.1 503 Service Unavailable\r\ncontent-type: ${type['content-type']}\r\ncontent-length: 0\r\n\r\n`,
    ),
  );
  answering.listen(0, '127.0.0.1');
  await once(answering, 'listening');
  const url = ['--url', `ws://127.0.0.1:${(answering.address() as AddressInfo).port}`];
  const enrolToken = join(folder, 'enrol-token');
  writeFileSync(enrolToken, 'switchyard_enrol_x\n', { mode: 0o600 });
  const reading = readConfig([...argv(), ...url, '--enrol-token-file', enrolToken], {}, thisMachine({}));
  if (reading.kind !== 'config') throw new Error(JSON.stringify(reading));
  const itself = 'the coordinator there stands by, or its store is away (HTTP 503)';
  const [enrolled, unenrolled] = [await line('coordinator', config(url)), await line('coordinator', reading.config)];
  isReady = true;
  const socketless = await line('coordinator', config(url));
  isReady = false;
  refusal = { code: 'standby', leader: 'http://one.test\u001b[2J\n\u009b' };
  const disguised = await line('coordinator', config(url));
  refusal = { code: 'standby', leader: { url: 'http://one.test' } };
  const odd = await line('coordinator', config(url));
  answering.close();
  assert.match(enrolled.says, itself);
  assert.match(unenrolled.says, itself);
  assert.match(socketless.says, itself);
  assert.match(disguised.says, /stands by, and http:\/\/one\.test \[2J leads: name/);
  assert.match(odd.says, 'stands by, and none leads yet');
});

test('a WebSocket that does not open despite a valid token is reported', async () => {
  opensSocket = false;
  const { ok, says } = await line('coordinator', config());
  opensSocket = true;
  assert.is(ok, false);
  assert.match(
    says,
    /knows this host as web1, but ws:.+ does not open: a proxy in front of the coordinator does not pass WebSocket upgrades on/,
  );
});

test('a missing tool is named', async () => {
  const bare = join(folder, 'bin');
  mkdirSync(bare);
  for (const tool of ['sh', 'mkfifo', 'sed', 'grep']) {
    writeFileSync(join(bare, tool), '#!/bin/sh\n');
    chmodSync(join(bare, tool), 0o755);
  }
  assert.is((await line('tools', config(), { ...env, PATH: bare })).ok, true);
  const nixos = await line('tools', config(['--platform', 'nixos']), { ...env, PATH: bare });
  assert.is(nixos.ok, false);
  assert.match(nixos.says, /^nix: not found in PATH/);
});

test('the state folder is looked at and not made', async () => {
  assert.match((await line('state', config())).says, 'can be made');
  writeFileSync(join(folder, 'file'), '');
  const inFile = await line('state', config(['--state-dir', join(folder, 'file', 'state')]));
  assert.is(inFile.ok, false);
  assert.match(inFile.says, 'SWITCHYARD_STATE_DIR');
});

test('a checkout must be one, a remote must have the branch', async () => {
  const remote = join(folder, 'remote.git');
  const git = (...args: string[]) =>
    execFileSync('git', args, { stdio: 'pipe', env: { ...env, GIT_CONFIG_GLOBAL: '/dev/null' } });
  git('init', '--quiet', '--bare', '--initial-branch=main', remote);
  const work = join(folder, 'work');
  git('clone', '--quiet', remote, work);
  git('-C', work, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '--allow-empty', '-m', 'one');
  git('-C', work, 'push', '--quiet', 'origin', 'HEAD:main');

  assert.is((await line('repo', config(['--repo-dir', work]))).ok, true);
  assert.is((await line('repo', config(['--repo-dir', folder]))).ok, false);
  assert.is((await line('repo', config(['--repo-url', remote]))).ok, true);
  const noBranch = await line('repo', config(['--repo-url', remote, '--branch', 'prod']));
  assert.is(noBranch.ok, false);
  assert.match(noBranch.says, 'no branch prod');
  assert.is((await line('repo', config(['--repo-url', join(folder, 'none.git')]))).ok, false);
  const nixos = await line('repo', config(['--platform', 'nixos']));
  assert.is(nixos.ok, false);
});

test('a checkout that git refuses is not ok, and git says why', async () => {
  const broken = join(folder, 'broken');
  mkdirSync(join(broken, '.git'), { recursive: true });
  const { ok, says } = await line('repo', config(['--repo-dir', broken]));
  assert.is(ok, false);
  assert.match(says, 'fatal: not a git repository');
});

const rootTest = testUnless([rootMissing()]);
rootTest('root’s check of a person’s checkout fails until root trusts it, even by that person’s sudo', async () => {
  const theirs = join(folder, 'theirs');
  const nobody = 65_534;
  execFileSync('git', ['init', '--quiet', theirs], { env });
  execFileSync('chown', ['-R', `${nobody}`, theirs]);
  const { ok, says } = await line('repo', config(['--repo-dir', theirs]), { ...env, SUDO_UID: `${nobody}` });
  assert.is(ok, false);
  assert.match(says, 'dubious ownership');
  const [, ...advice] = /to trust it.*: git (.*)$/.exec(says)?.[1]?.split(' ') ?? [];
  execFileSync('git', ['config', ...advice], { env });
  assert.is((await line('repo', config(['--repo-dir', theirs]))).ok, true);
});

test('a remote that asks for a password or key fails at once with advice', async () => {
  const asked = join(folder, 'asked');
  const ask = join(folder, 'ask');
  writeFileSync(ask, `#!/bin/sh\n: > ${asked}\nexec sleep 600\n`, { mode: 0o755 });
  const locked = createServer((_, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="fleet"' }).end();
  }).listen(0, '127.0.0.1');
  await once(locked, 'listening');
  const url = `http://127.0.0.1:${(locked.address() as AddressInfo).port}/fleet.git`;
  const { ok, says } = await line('repo', config(['--repo-url', url]), { ...env, SSH_ASKPASS: ask, DISPLAY: ':0' });
  locked.close();
  assert.is(ok, false);
  assert.match(says, 'could not read Username');
  assert.match(says, 'set up a git credential helper');
  assert.not(existsSync(asked));
});

test('the ssh of git’s configuration is tried, as a pull does', async () => {
  const home = mkdtempSync(join(folder, 'home-'));
  writeFileSync(
    join(home, '.gitconfig'),
    '[core]\nsshCommand = "echo Host key verification failed. >&2; exit 255; :"\n',
  );
  const { ok, says } = await line('repo', config(['--repo-url', 'git@host.invalid:fleet.git']), { ...env, HOME: home });
  assert.is(ok, false);
  assert.match(says, 'ssh-keyscan');
});

test('a remote is asked without the configuration of a repository around the agent', async () => {
  const around = mkdtempSync(join(folder, 'around-'));
  const remote = join(around, 'remote');
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', remote]);
  const author = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com'];
  execFileSync('git', ['-C', remote, ...author, 'commit', '--quiet', '--allow-empty', '--message=first']);
  execFileSync('git', ['init', '--quiet', around]);
  execFileSync('git', ['-C', around, 'config', 'url./nonexistent.insteadOf', remote]);
  const main = join(import.meta.dirname, 'main.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--check', ...argv(), '--repo-url', remote], {
    cwd: around,
    env: { ...env, SWITCHYARD_TOKEN: 's3cret' },
  });
  assert.match(stdout, `${remote} has the branch main`);
});

test('without git the repository is not blamed', async () => {
  const bare = mkdtempSync(join(folder, 'bare-'));
  const { ok, says } = await line('repo', config(['--repo-url', '/srv/none.git']), { ...env, PATH: bare });
  assert.equal([ok, says], [false, 'not tested: git is not in PATH']);
});

test.run();
