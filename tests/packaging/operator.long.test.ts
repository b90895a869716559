/** docs/install.md for NixOS, step by step, with an operator's own flake; the tests do what systemd and nixpkgs would do. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { buildSystem, operatorFlake, type Unit } from './operator-flake.ts';

const nixTest = testUnless([toolMissing('nix'), toolMissing('git')]);

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'operator-')));
const running: ChildProcess[] = [];
test.after(async () => {
  for (const child of running) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  execFileSync('chmod', ['-R', 'u+w', folder]);
  rmSync(folder, { recursive: true });
});

/** Starts a unit's program as systemd would, with its own folders; resolves to its log line that has these words. */
async function start(unit: Unit, words: string, more: Record<string, string>): Promise<Record<string, unknown>> {
  const states = join(folder, 'state');
  mkdirSync(states, { recursive: true });
  const environment = Object.fromEntries(
    Object.entries(unit.environment).map(([name, value]) => [name, value.replace('%S', states)]),
  );
  const child = spawn(String(unit.serviceConfig.ExecStart), {
    env: { PATH: process.env.PATH, HOME: folder, ...environment, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  for await (const line of createInterface({ input: child.stdout }))
    if (line.includes(words)) {
      child.stdout.resume();
      return JSON.parse(line) as Record<string, unknown>;
    }
  throw new Error(`${unit.serviceConfig.ExecStart} ended before it said ${words}`);
}

nixTest('an operator who follows docs/install.md has a coordinator, a host and a first command', async () => {
  const repo = operatorFlake(folder, (repo) => repo);
  const inputs = JSON.parse(readFileSync(join(repo, 'flake.lock'), 'utf8')) as { nodes: Record<string, unknown> };
  assert.equal(Object.keys(inputs.nodes).sort(), ['nixpkgs', 'root', 'switchyard'], 'no second nixpkgs');

  const { system, units } = buildSystem(folder, repo);
  const agent = units['switchyard-agent'];
  const coordinator = units['switchyard-coordinator'];
  assert.ok(agent && coordinator);

  const { address } = await start(coordinator, '"listening"', { SWITCHYARD_LISTEN: '127.0.0.1:0' });
  const server = String(address);
  const token = readFileSync(join(folder, 'state/switchyard-coordinator/admin-token'), 'utf8').trim();
  const switchyard = (...args: string[]) =>
    spawnSync(join(system, 'sw/bin/switchyard'), args, {
      encoding: 'utf8',
      env: { HOME: folder, SWITCHYARD_SERVER: server, SWITCHYARD_API_TOKEN: token },
    });
  const added = switchyard('host', 'add', 'web1', '--tag', 'web');
  assert.is(added.status, 0, added.stderr);
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, added.stdout, { mode: 0o600 });

  const url = server.replace('http', 'ws');
  const checked = spawnSync(
    join(system, 'sw/bin/switchyard-agent'),
    ['--check', '--url', url, '--token-file', tokenFile, '--repo-url', repo, '--state-dir', join(folder, 'try')],
    { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: folder } },
  );
  assert.is(checked.status, 0, checked.stdout);

  await start(agent, '"connected"', {
    SWITCHYARD_URL: url,
    SWITCHYARD_TOKEN_FILE: tokenFile,
    SWITCHYARD_INSTALLED_PATH: join(system, 'sw/bin/switchyard-agent'),
    SWITCHYARD_LAUNCHER: 'process',
  });
  const pulled = switchyard('run', 'pull', '--tag', 'web', '--yes');
  assert.is(pulled.status, 0, pulled.stdout + pulled.stderr);
  const logs = switchyard('logs', 'web1');
  assert.is(logs.status, 0, logs.stderr);
});

test.run();
