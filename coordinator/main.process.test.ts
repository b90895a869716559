import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bareProgram } from '../scripts/built-programs.ts';
import { waitFor } from '../shared/fixtures/wait-for.ts';
import { connectFakeAgent } from './fixtures/fake-agent.ts';

const ADMIN = 'the-admin-token-of-tests';
const MAIN = await bareProgram('coordinator');

let folder: string;
let children: ChildProcess[] = [];
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchyard-main-'));
  children = [];
});
test.after.each(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

type Run = { stdout: string; stderr: string; status: number | null };

function start(args: string[], env: Record<string, string> = {}, main = MAIN) {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
  });
  children.push(child);
  const run: Run = { stdout: '', stderr: '', status: null };
  const exited = once(child, 'close').then(([status]): Run => ({ ...run, status }));
  const listening = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (piece) => {
      run.stdout += piece;
      const line = run.stdout.split('\n').find((one) => one.includes('"msg":"listening"') && one.endsWith('}'));
      if (line) resolve(JSON.parse(line).address);
    });
    void exited.then(({ stderr }) => reject(new Error(`it did not listen: ${stderr}`)));
  });
  listening.catch(() => {});
  child.stderr.on('data', (piece) => {
    run.stderr += piece;
  });
  return { child, run, exited, listening };
}

const api = (address: string, path: string, token: string, init: RequestInit = {}) =>
  fetch(`${address}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });

test('one of several coordinators that listens on all addresses is told to say where others reach it', async () => {
  const warned = 'SWITCHYARD_ADVERTISE';
  for (const [more, isWarned] of [
    [{}, true],
    [{ SWITCHYARD_ADVERTISE: 'http://one.example.com:8080' }, false],
  ] as const) {
    const data = join(folder, String(isWarned));
    const env = { SWITCHYARD_ADMIN_TOKEN: ADMIN, SWITCHYARD_STORE: 'postgres://127.0.0.1:1/none', ...more };
    const { listening, run, child, exited } = start(['--listen', '0.0.0.0:0', '--data-dir', data], env);
    await listening;
    assert.is(run.stdout.includes(warned), isWarned);
    child.kill();
    await exited;
  }
});

test('a secret of a receiver that cannot be read stops the start, and a check needs none', async () => {
  const config = join(folder, 'config.toml');
  const secretFile = join(folder, 'missing');
  writeFileSync(config, `[[notify]]\nname = "chat"\nkind = "slack"\nsecretFile = "${secretFile}"\n`);
  const data = ['--data-dir', join(folder, 'data'), '--config', config];
  const { status, stderr } = await start(['--listen', '127.0.0.1:0', ...data]).exited;
  assert.is(status, 2);
  assert.match(stderr, `notify chat: secretFile ${secretFile} cannot be read (ENOENT)`);
  assert.is((await start(['--check', ...data]).exited).status, 0);
  writeFileSync(secretFile, 'http://127.0.0.1:1/hidden');
  const { child, listening, exited, run } = start(['--listen', '127.0.0.1:0', ...data]);
  await listening;
  child.kill('SIGTERM');
  assert.is((await exited).status, 0);
  assert.not.match(run.stdout + run.stderr, 'hidden');
});

test('it says where it listens, keeps a token of its own, and stops with 0 on SIGTERM', async () => {
  const { child, run, exited, listening } = start(['--listen', '127.0.0.1:0', '--data-dir', folder]);
  const address = await listening;
  assert.match(address, /^http:\/\/127\.0\.0\.1:\d+$/);
  const token = readFileSync(join(folder, 'admin-token'), 'utf8').trim();
  assert.is(statSync(join(folder, 'admin-token')).mode & 0o777, 0o600);
  assert.is((await api(address, '/api/hosts', token)).status, 200);

  const body = JSON.stringify({ name: 'web1' });
  const added = await api(address, '/api/hosts', token, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  const host = (await added.json()) as { token: string };
  const agent = await connectFakeAgent({ address, token: host.token });
  const since = Date.now();
  child.kill('SIGTERM');
  assert.is((await agent.closed).code, 1012);
  const { status, stderr } = await exited;
  assert.equal([status, stderr], [0, '']);
  assert.ok(Date.now() - since < 5_000);
  assert.not.match(run.stdout, token);
  assert.not.match(run.stdout, host.token);
});

test('it listens on IPv6 too, and warns where no certificate is checked', async () => {
  const env = { SWITCHYARD_ADMIN_TOKEN: ADMIN, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  const { listening, run } = start(['--listen', '[::1]:0', '--data-dir', folder], env);
  const address = await listening;
  assert.match(address, /^http:\/\/\[::1\]:\d+$/);
  assert.is((await api(address, '/api/hosts', ADMIN)).status, 200);
  assert.match(run.stdout, /"level":40.*NODE_TLS_REJECT_UNAUTHORIZED=0: no certificate is checked/);
});

async function refused(args: string[], env: Record<string, string> = {}): Promise<string> {
  const { status, stdout, stderr } = await start(args, env).exited;
  assert.equal([status, stdout], [2, ''], stderr);
  assert.match(stderr, /^switchyard-coordinator: [^\n]+\n$/, 'one line');
  return stderr;
}

test('a DATA_DIR that cannot be written is refused at the start, by its name', async () => {
  writeFileSync(join(folder, 'file'), '');
  assert.match(await refused(['--data-dir', join(folder, 'file')]), /SWITCHYARD_DATA_DIR/);
  // Root may write wherever there is a disk.
  const isRoot = process.getuid?.() === 0;
  const locked = isRoot ? '/proc/locked' : join(folder, 'locked');
  if (!isRoot) mkdirSync(locked, { mode: 0o500 });
  assert.match(await refused(['--data-dir', locked]), /SWITCHYARD_DATA_DIR/);
});

test('an empty database is refused in one line, and no new one is begun', async () => {
  writeFileSync(join(folder, 'switchyard.db'), '');
  assert.match(
    await refused(['--data-dir', folder]),
    /SWITCHYARD_DATA_DIR: .*switchyard\.db .*it is empty; put a backup/,
  );
  assert.equal(readdirSync(folder), ['switchyard.db', 'switchyard.db-lock']);
});

test('the files of the coordinator are for its own user, whatever the umask', async () => {
  const umask = process.umask(0);
  try {
    const { listening, run, child, exited } = start(['--listen', '127.0.0.1:0', '--data-dir', join(folder, 'data')]);
    await listening;
    const kept = readdirSync(join(folder, 'data'));
    assert.ok(kept.includes('switchyard.db') && kept.includes('admin-token'));
    for (const name of ['.', ...kept]) assert.is(statSync(join(folder, 'data', name)).mode & 0o077, 0, name);
    // The same goes for files that others make for it, such as git.
    if (process.platform === 'linux')
      assert.match(readFileSync(`/proc/${child.pid}/status`, 'utf8'), /^Umask:\s+0077$/m);
    child.kill('SIGTERM');
    await exited;
    assert.match(run.stdout, /a new database was made: there are no hosts yet/);
  } finally {
    process.umask(umask);
  }
});

test('an admin token that others can read is reported', async () => {
  chmodSync(folder, 0o755);
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, ADMIN);
  for (const [mode, told] of [
    [0o640, false],
    [0o644, true],
  ] as const) {
    chmodSync(tokenFile, mode);
    const args = ['--listen', '127.0.0.1:0', '--data-dir', join(folder, 'data'), '--admin-token-file', tokenFile];
    const { listening, run, child, exited } = start(args);
    await listening;
    child.kill('SIGTERM');
    await exited;
    assert.is(run.stdout.includes(`other users can read the admin token: chmod o-r ${tokenFile}`), told);
    assert.not.match(run.stdout, ADMIN);
  }
});

test('a port that is taken is refused, by the name of the option', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  try {
    assert.match(
      await refused(['--listen', `127.0.0.1:${port}`, '--data-dir', folder], { SWITCHYARD_ADMIN_TOKEN: ADMIN }),
      /SWITCHYARD_LISTEN .*EADDRINUSE/,
    );
  } finally {
    other.close();
  }
});

test('wrong options are refused with one line and status 2', async () => {
  assert.match(
    await refused(['--admin-token-file', join(folder, 'none')], { SWITCHYARD_DATA_DIR: folder }),
    /SWITCHYARD_ADMIN_TOKEN_FILE/,
  );
  const config = join(folder, 'config.toml');
  writeFileSync(config, '[ops.pull]\ntimeout = 5\n');
  assert.match(await refused(['--config', config, '--data-dir', folder]), /SWITCHYARD_CONFIG.*timeout/);
});

test('--version and --help tell, and leave with 0, also from source', async () => {
  for (const main of [MAIN, join(import.meta.dirname, 'main.ts')]) {
    const version = await start(['--version'], {}, main).exited;
    assert.is(version.status, 0);
    assert.match(version.stdout, /^switchyard-coordinator \d+\.\d+\.\d+ \(.+\)\n$/);
  }
  const help = await start(['--help']).exited;
  assert.is(help.status, 0);
  assert.match(help.stdout, /--data-dir, SWITCHYARD_DATA_DIR/);
});

test('a mistyped op in CONFIG is reported by --check, and at the start', async () => {
  const config = join(folder, 'config.toml');
  writeFileSync(config, '[ops.swich]\ntimeoutMs = 1000\n');
  const checked = await start(['--check', '--config', config, '--data-dir', folder]).exited;
  assert.is(checked.status, 0);
  assert.match(checked.stdout, /warning: \[ops\.swich\].*did you mean switch\?\nconfiguration: ok\n$/);
  const { run, listening } = start(['--listen', '127.0.0.1:0', '--data-dir', folder, '--config', config]);
  await listening;
  await waitFor('the warning', () => /"level":40.*\[ops\.swich\].*did you mean switch/.test(run.stdout), Boolean);
});

test.run();
