import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bareProgram } from '../scripts/built-programs.ts';

const MAIN = await bareProgram('agent');
const folder = mkdtempSync(join(tmpdir(), 'switchyard-main-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const GIVEN = { SWITCHYARD_URL: 'ws://127.0.0.1:1', SWITCHYARD_TOKEN: 's3cret', SWITCHYARD_LAUNCHER: 'process' };

function agent(argv: string[], env: Record<string, string> = {}, main = MAIN) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...argv], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

test('--version prints name, version and commit, also from source', () => {
  for (const main of [MAIN, join(import.meta.dirname, 'main.ts')]) {
    const { status, stdout } = agent(['--version'], {}, main);
    assert.is(status, 0);
    assert.match(stdout, /^switchyard-agent \d+\.\d+\.\d+ \((unknown|[0-9a-f]{40})\)\n$/);
  }
});

test('--help lists the options even if required ones are missing', () => {
  const { status, stdout, stderr } = agent(['--help']);
  assert.is(status, 0);
  assert.match(stdout, '--heartbeat-interval-ms, SWITCHYARD_HEARTBEAT_INTERVAL_MS');
  assert.is(stderr, '');
});

test('a missing option is one line on stderr and status 2', () => {
  const { status, stdout, stderr } = agent([]);
  assert.is(status, 2);
  assert.is(stdout, '');
  assert.match(stderr, /^switchyard-agent: SWITCHYARD_URL .*takes a ws:\/\/ .*\n$/);
});

test('a state folder that cannot be written is one line on stderr and status 2', () => {
  writeFileSync(join(folder, 'file'), '');
  const { status, stderr } = agent(['--state-dir', join(folder, 'file', 'state')], GIVEN);
  assert.is(status, 2);
  assert.match(stderr, /^switchyard-agent: SWITCHYARD_STATE_DIR .*file\/state.*\n$/);
});

test('an unwritable state folder is refused, and does not keep the agent busy for ever', () => {
  const { status, stderr } = agent(['--state-dir', '/proc/switchyard'], GIVEN);
  assert.is(status, 2);
  assert.match(stderr, '--state-dir');
});

test('--check prints one line per check, with advice for failed ones, and exits 1', () => {
  const { status, stdout, stderr } = agent(['--check', '--state-dir', join(folder, 'state')], GIVEN);
  assert.is(status, 1);
  assert.is(stderr, '');
  assert.match(stdout, /^ok .* config/m);
  assert.match(stdout, /^FAIL +coordinator +.*SWITCHYARD_URL/m);
  assert.not.match(stdout, 's3cret');
  const bad = agent(['--check', '--platform', 'windows'], GIVEN);
  assert.is(bad.status, 1);
  assert.match(bad.stdout, /^FAIL +config +SWITCHYARD_PLATFORM .*\n$/);
});

test('an unencrypted URL or a readable token file is reported: at the start on stderr, by --check in its lines', () => {
  chmodSync(folder, 0o755);
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 's3cret\n', { mode: 0o644 });
  const given = { ...GIVEN, SWITCHYARD_URL: 'ws://192.0.2.1:1', SWITCHYARD_TOKEN_FILE: tokenFile };
  const open = /SWITCHYARD_URL \(--url\): ws:\/\/192\.0\.2\.1:1 is not encrypted, .*use wss:/;
  const read = new RegExp(`SWITCHYARD_TOKEN_FILE .*: other users can read ${tokenFile}: chmod o-r`);
  // Refused at the next step, so that it does not stay.
  const started = agent(['--state-dir', '/proc/switchyard'], given);
  const lines = started.stderr.trim().split('\n');
  assert.is(lines.length, 3);
  assert.match(lines[0] ?? '', open);
  assert.match(lines[1] ?? '', read);
  assert.not.match(started.stderr, 's3cret');

  const { stdout } = agent(['--check', '--url', 'ws://127.0.0.1:1', '--state-dir', join(folder, 'state')], given);
  assert.match(stdout, new RegExp(`^WARN  config +${read.source}`, 'm'));
  assert.not.match(stdout, open);
  assert.not.match(agent(['--state-dir', '/proc/switchyard'], GIVEN).stderr, /warning/);
});

test('unchecked certificates are reported at the start and by --check', () => {
  const given = { ...GIVEN, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  const told = /NODE_TLS_REJECT_UNAUTHORIZED=0: no certificate is checked, .*NODE_EXTRA_CA_CERTS/;
  assert.match(agent(['--state-dir', '/proc/switchyard'], given).stderr, told);
  const { stdout } = agent(['--check', '--url', 'wss://127.0.0.1:1', '--state-dir', join(folder, 'state')], given);
  assert.match(stdout, new RegExp(`^WARN  config +${told.source}`, 'm'));
});

test('a step that the agent does not have fails the command', () => {
  const { status, stdout } = agent(['step', 'dance'], { SWITCHYARD_EVIDENCE_DIR: folder });
  assert.is(status, 2);
  assert.is(stdout, 'there is no step dance\n');
});

test.run();
