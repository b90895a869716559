import { renameSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DispatchRequest } from '../../shared/dispatch.ts';
import { createNixFleet, type NixFleet } from '../fixtures/nix-fleet.ts';
import { agentBundle } from '../harness/agent-bundle.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { type System, startSystem } from '../harness/system.ts';
import { waitFor } from '../harness/wait-for.ts';

/** One host with a real checkout of a real repository; the platform is custom, since no question here is Nix's. */
type Scene = { system: System; fleet: NixFleet };

async function inScene(targetOf: (fleet: NixFleet) => string, body: (scene: Scene) => Promise<void>): Promise<void> {
  const fleet = await createNixFleet({ hosts: ['web1'], bundle: agentBundle, usesNix: false });
  const system = await startSystem({ config: `[target]\npollMs = 600000\n${targetOf(fleet)}\n` });
  try {
    const { dir, env, installedPath, install } = fleet.host('web1');
    install();
    await system.addHost('web1', { dir, env, program: installedPath });
    // Its checkout is a clone that the first pull makes.
    assert.is((await system.run('pull', 'web1', { force: true })).status, 'SUCCESS');
    await body({ system, fleet });
  } catch (error) {
    console.log(system.logs());
    throw error;
  } finally {
    await system.close();
    fleet.close();
  }
}

const gitTarget = ({ repoUrl }: NixFleet) => `repoUrl = "${repoUrl}"`;

/** What a dispatch to the one host is answered with: HTTP status, status, code, and the op that would be the right one. */
async function answered({ api }: System, op: string, more: Partial<DispatchRequest> = {}) {
  const { status, answer } = await api.dispatch({ op, hosts: ['web1'], ...more });
  const [result] = answer.results;
  return [status, result?.status, result?.code, result?.alternative];
}

async function statuses({ api }: System) {
  const { git, lock, system } = (await api.host('web1')).compartments;
  return { git: git.status, lock: lock.status, system: system.status };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

test('what a push asks for is told to be pulled, then switched to, and then there is nothing to do', () =>
  inScene(gitTarget, async ({ system, fleet }) => {
    const pushed = fleet.commitConfig('web1', 'a motd');
    assert.is((await system.api.refreshTarget()).commit, pushed);
    assert.is((await statuses(system)).git, 'outdated');
    assert.equal(await answered(system, 'switch'), [422, 'BLOCKED', 'git_outdated', 'pull']);

    assert.is((await system.run('pull', 'web1')).after?.repoCommit, pushed);
    assert.equal(await answered(system, 'pull'), [422, 'BLOCKED', 'already_current', null]);
    assert.is((await system.run('switch', 'web1')).status, 'SUCCESS');
    assert.equal(await statuses(system), { git: 'ok', lock: 'ok', system: 'ok' });
    assert.equal(await answered(system, 'switch'), [422, 'BLOCKED', 'already_current', null]);
    assert.is((await system.run('pull', 'web1', { force: true })).status, 'SUCCESS', 'who insists may');
  }));

test('a push while a switch runs changes nothing of how that ends, and is what comes next', () =>
  inScene(gitTarget, async ({ system, fleet }) => {
    fleet.commitActivation('web1', waitAtGate(system.dir));
    await system.api.refreshTarget();
    const { after: pulled } = await system.run('pull', 'web1');
    const id = await system.dispatch('switch', 'web1');
    await system.command(id, ({ output }) => output.bytes > 0);
    const pushed = fleet.commitConfig('web1', 'pushed meanwhile');
    assert.is((await system.api.refreshTarget()).commit, pushed);
    assert.is((await statuses(system)).git, 'outdated');
    openGate(system.dir);
    const { status, verdict, after } = await system.command(id);
    assert.equal([status, verdict?.freshness], ['SUCCESS', 'UNCHANGED'], verdict?.reason);
    assert.is(after?.repoCommit, pulled?.repoCommit, 'it is judged by what it has built');
    assert.equal(await answered(system, 'switch'), [422, 'BLOCKED', 'git_outdated', 'pull']);
  }));

test('a remote that is away stops what needs it and nothing else, and is told until it is back', () =>
  inScene(gitTarget, async ({ system, fleet }) => {
    await system.api.refreshTarget();
    renameSync(fleet.repoUrl, `${fleet.repoUrl}.away`);
    const { error } = await system.api.refreshTarget();
    assert.ok(error);
    assert.equal([(await statuses(system)).git, (await statuses(system)).lock], ['error', 'error']);
    for (const op of ['pull', 'switch'])
      assert.equal(await answered(system, op), [422, 'BLOCKED', 'remote_unavailable', null], op);
    assert.is((await system.run('check-version', 'web1')).status, 'SUCCESS');
    const insisted = await system.run('pull', 'web1', { force: true });
    assert.equal([insisted.status, insisted.code], ['ERROR', 'exit_nonzero'], 'the host cannot have it either');

    renameSync(`${fleet.repoUrl}.away`, fleet.repoUrl);
    assert.is((await system.api.refreshTarget()).error, null);
    fleet.commitConfig('web1', 'after it is back');
    await system.api.refreshTarget();
    assert.is((await system.run('pull', 'web1')).status, 'SUCCESS');
  }));

test('a version.json names commit and lock: another lock than that of the checkout is to be pulled', async () => {
  let asked: { commit: string; lockHash: string } | null = null;
  const server = createHttpServer((_, response) => response.end(JSON.stringify(asked)));
  const url = `http://127.0.0.1:${await listening(server)}/version.json`;
  try {
    await inScene(
      () => `versionUrl = "${url}"`,
      async ({ system }) => {
        const { report } = await system.api.host('web1');
        const [commit, lockHash] = [report?.repoCommit ?? '', report?.lockHash ?? ''];
        asked = { commit, lockHash };
        assert.equal(await system.api.refreshTarget().then(({ source, error }) => [source, error]), [url, null]);
        assert.equal(await answered(system, 'pull'), [422, 'BLOCKED', 'already_current', null]);
        asked = { commit, lockHash: lockHash.replace(/./g, (digit) => (digit === '0' ? '1' : '0')) };
        await system.api.refreshTarget();
        assert.equal(await statuses(system).then(({ git, lock }) => [git, lock]), ['ok', 'outdated']);
        assert.equal(await answered(system, 'switch'), [422, 'BLOCKED', 'lock_outdated', 'pull']);
      },
    );
  } finally {
    server.close();
  }
});

test('a remote that takes connections and says nothing keeps no host waiting', async () => {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {}).resume();
    socket.on('close', () => open.delete(socket));
  });
  const port = await listening(server);
  try {
    await inScene(
      () => `repoUrl = "git://127.0.0.1:${port}/config.git"`,
      async ({ system }) => {
        await waitFor('the look', () => open.size > 0);
        const { lastSeenAt } = await system.api.host('web1');
        assert.is((await system.run('check-version', 'web1')).status, 'SUCCESS');
        await waitFor('a heartbeat', async () => (await system.api.host('web1')).lastSeenAt !== lastSeenAt);
        assert.is((await statuses(system)).git, 'unknown');
        assert.is(open.size, 1, 'it is still being asked');
      },
    );
    await waitFor('its git to be gone with the coordinator', () => open.size === 0);
  } finally {
    for (const socket of open) socket.destroy();
    server.close();
  }
});

test.run();
