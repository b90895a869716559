import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createGitRemote } from '../../agent/platforms/fixtures/git-remote.ts';
import { findTool } from '../../agent/platforms/step/tool.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { logLines, readLog, startProgram } from '../harness/program.ts';
import { withSystem } from '../harness/system.ts';

const AGENT = resolve(import.meta.dirname, '../../agent/main.ts');

/** A folder with nothing but these programs, to be a PATH. */
function pathOf(dir: string, tools: readonly string[]): string {
  const path = join(dir, 'path');
  mkdirSync(path);
  for (const tool of tools) symlinkSync(findTool(tool, process.env.PATH ?? '') ?? '', join(path, tool));
  return path;
}

test(
  'a host without nix says so by name when it is to switch, and is as usable as before',
  withSystem(async ({ api, dir, addHost, run }) => {
    const remote = createGitRemote(dir);
    const commit = remote.commit('flake.nix', '{ outputs = _: { }; }');
    const repo = { SWITCHYARD_REPO_DIR: join(dir, 'repo'), SWITCHYARD_REPO_URL: remote.url };
    const PATH = pathOf(dir, ['git', 'sh']);
    const host = await addHost('web1', { env: { ...repo, PATH, SWITCHYARD_PLATFORM: 'nixos' } });
    assert.is((await run('pull', 'web1')).status, 'SUCCESS');

    const ended = await run('switch', 'web1');
    assert.equal([ended.status, ended.code, ended.exitCode], ['ERROR', 'exit_nonzero', 127]);
    assert.match((await api.output(ended.id)).toString(), `nix: not found in PATH (${PATH})`);

    const next = await run('pull', 'web1');
    assert.equal([next.status, next.evidence?.fetchedCommit], ['SUCCESS', commit]);
    assert.is(host.agent.exits.length, 0);
  }),
);

test(
  'a folder that is no repository, and a remote that is none, are errors that name it',
  withSystem(async ({ api, dir, addHost, run }) => {
    const folder = join(dir, 'not-a-repo');
    mkdirSync(folder);
    writeFileSync(join(folder, 'precious'), 'kept');
    await addHost('folder', { env: { SWITCHYARD_REPO_DIR: folder } });
    await addHost('clone', { env: { SWITCHYARD_REPO_DIR: folder, SWITCHYARD_REPO_URL: join(dir, 'nowhere.git') } });
    await addHost('remote', { env: { SWITCHYARD_REPO_URL: folder } });
    const expected = [
      ['folder', `${folder} is not a git repository`],
      ['clone', `${folder} is not a git repository`],
      ['remote', `'${folder}' does not appear to be a git repository`],
    ] as const;
    for (const [host, words] of expected) {
      const ended = await run('pull', host);
      assert.equal([ended.status, ended.code], ['ERROR', 'exit_nonzero'], host);
      assert.match((await api.output(ended.id)).toString(), words);
    }
    assert.equal(readdirSync(folder), ['precious']);
    assert.is((await run('check-version', 'folder')).status, 'SUCCESS');
  }),
);

test('a state folder that cannot be written ends the agent with 2 and one line that names the option', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-state-'));
  try {
    const stateDir = join(dir, 'file');
    const logFile = join(dir, 'log');
    writeFileSync(stateDir, 'this is no folder');
    const env = {
      PATH: process.env.PATH ?? '',
      SWITCHYARD_URL: 'ws://127.0.0.1:9',
      SWITCHYARD_TOKEN: 'a-token',
      SWITCHYARD_STATE_DIR: stateDir,
    };
    const agent = startProgram({ argv: [process.execPath, AGENT], env, logFile });
    assert.equal(await agent.exited, { code: 2, signal: null });
    const said = readLog(logFile);
    assert.match(said, /^switchyard-agent: SWITCHYARD_STATE_DIR [^\n]+\n$/);
    assert.match(said, stateDir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test(
  'an agent with a wrong token stays up and says when it tries again, and nobody writes the token down',
  withSystem(async ({ api, dir, coordinator, addHost }) => {
    const wrong = 'wrong-token-0123456789';
    const host = await addHost('web1', { token: wrong });
    const refusal = await waitFor('a refusal', () => logLines(host.logFile).find(({ msg }) => msg === 'not connected'));
    assert.match(String(refusal?.reason), /^HTTP 401/);
    assert.type(refusal?.retryInMs, 'number');
    assert.is(host.agent.exits.length, 0);
    assert.is((await api.host('web1')).online, false);
    assert.equal(filesWith(wrong, dir), [host.tokenFile]);

    const response = await fetch(`${coordinator.address}/api/hosts`, { headers: { authorization: `Bearer ${wrong}` } });
    assert.is(response.status, 401);
    assert.equal(filesWith(wrong, dir), [host.tokenFile]);

    await host.agent.stop();
    writeFileSync(host.tokenFile, host.token);
    host.agent.start();
    await host.online();
  }),
);

test(
  "a host's token is in no log, in no file but its own, and in no process that a command starts",
  withSystem(async ({ api, dir, coordinator, addHost, run }) => {
    const byFile = await addHost('web1', { ops: { show: 'env; cat /proc/$PPID/environ | tr "\\0" "\\n"' } });
    const ended = await run('show', 'web1');
    const output = (await api.output(ended.id)).toString();
    assert.match(output, 'SWITCHYARD_COMMAND_ID=');
    assert.not.match(output, byFile.token);
    assert.not.match(output, byFile.tokenFile);
    await byFile.agent.stop();
    assert.equal(filesWith(byFile.token, dir), [byFile.tokenFile]);
    const admin = readFileSync(coordinator.tokenFile, 'utf8').trim();
    assert.equal(filesWith(admin, dir), [coordinator.tokenFile]);
  }),
);

/** Every file under `dir` that holds `text`. */
function filesWith(text: string, dir: string): string[] {
  return readdirSync(dir, { recursive: true })
    .map((name) => join(dir, String(name)))
    .filter((file) => statSync(file).isFile() && readFileSync(file).includes(text));
}

test.run();
