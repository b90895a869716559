import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findTool } from '../../agent/platforms/step/tool.ts';
import { agentBundle } from '../../scripts/built-programs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { DispatchRequest } from '../../shared/model/dispatch.ts';
import type { Target } from '../../shared/model/target.ts';
import { createNixFleet, type NixFleet } from '../fixtures/nix-fleet.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { type System, startSystem } from '../harness/system.ts';

/** One host with a real checkout of a real repository; the platform is custom, because no question here is about Nix. */
type Scene = { system: System; fleet: NixFleet };

/** A folder with a git that, once HOLD stands in `dir`, waits at the gate before it writes files, and says so by HELD. */
function heldGit(dir: string): string {
  const bin = join(dir, 'bin');
  const script = `#!/bin/sh
if [ -e '${join(dir, 'HOLD')}' ]; then
  case " $* " in *' reset '*) : >'${join(dir, 'HELD')}'; ${waitAtGate(dir, 'pull')} ;; esac
fi
exec '${findTool('git', process.env.PATH ?? '')}' "$@"
`;
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'git'), script, { mode: 0o755 });
  return bin;
}

/** The host has no checkout yet. */
async function openBareScene(targetOf: (fleet: NixFleet) => string): Promise<Scene & { close(): Promise<void> }> {
  const fleet = await createNixFleet({ hosts: ['web1'], bundle: agentBundle, usesNix: false });
  let system: System | null = null;
  const close = () => (system?.close() ?? Promise.resolve()).finally(() => fleet.close());
  try {
    system = await startSystem({ config: `[target]\npollMs = 600000\n${targetOf(fleet)}\n` });
    const { dir, env, installedPath, install } = fleet.host('web1');
    install();
    const PATH = `${heldGit(system.dir)}:${env.PATH ?? process.env.PATH}`;
    await system.addHost('web1', { dir, env: { ...env, PATH }, program: installedPath });
    return { system, fleet, close };
  } catch (error) {
    console.log(system?.logs());
    await close();
    throw error;
  }
}

async function openScene(targetOf: (fleet: NixFleet) => string): ReturnType<typeof openBareScene> {
  const scene = await openBareScene(targetOf);
  try {
    // Its checkout is a clone that the first pull makes.
    assert.is((await scene.system.run('pull', 'web1', { force: true })).status, 'SUCCESS');
    return scene;
  } catch (error) {
    console.log(scene.system.logs());
    await scene.close();
    throw error;
  }
}

async function tellingLogs({ system, fleet }: Scene, body: (scene: Scene) => Promise<void>): Promise<void> {
  try {
    await body({ system, fleet });
  } catch (error) {
    console.log(system.logs());
    throw error;
  }
}

/** A test with a scene of its own. */
async function inScene(
  opening: ReturnType<typeof openBareScene>,
  body: (scene: Scene) => Promise<void>,
): Promise<void> {
  const scene = await opening;
  await tellingLogs(scene, body).finally(scene.close);
}

let onGit: Awaited<ReturnType<typeof openScene>>;

/** The tests whose target is the repository share a scene; each continues from the one before. */
const onRepository = (body: (scene: Scene) => Promise<void>) => () => tellingLogs(onGit, body);

/** The answer to a dispatch to the one host: HTTP status, status, code, and the op that would be right. */
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

/**
 * A scene of its own, with a remote that accepts connections and says nothing. `onShown`: the rest of the look's 20 s is only
 * waited for. All that must happen while it lasts happens before, as little as shows it, with nothing else on the machine.
 */
async function withSilentRemote(onShown: () => void): Promise<void> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {}).resume();
    socket.on('close', () => open.delete(socket));
  });
  const port = await listening(server);
  try {
    await inScene(
      openBareScene(() => `repoUrl = "git://127.0.0.1:${port}/config.git"`),
      async ({ system }) => {
        const { api } = system;
        await waitFor('the look', () => open.size > 0);
        const [asked] = open;
        const { lastSeenAt } = await api.host('web1');
        assert.is((await system.run('pull', 'web1')).status, 'SUCCESS', 'with no target known nothing is meaningless');
        assert.is((await system.run('check-version', 'web1')).status, 'SUCCESS');
        await waitFor('a heartbeat', async () => (await api.host('web1')).lastSeenAt !== lastSeenAt);
        assert.is((await statuses(system)).git, 'unknown');
        assert.ok(asked && open.has(asked), 'it is still being asked');
        onShown();

        const isLooked = ({ checkedAt }: Target) => checkedAt !== null;
        const { error } = await waitFor('the look to be given up', api.target, isLooked);
        assert.is(error, 'git had no answer after 20 s');
        await waitFor('its git to be gone', () => !open.has(asked));
        assert.equal(await answered(system, 'pull'), [422, 'BLOCKED', 'remote_unavailable', null]);
        assert.is((await system.run('check-version', 'web1')).status, 'SUCCESS');
        await waitFor('the next look, since the pull brought what was not known', () => open.size > 0);
      },
    );
    await waitFor('its git to be gone with the coordinator', () => open.size === 0);
  } finally {
    for (const socket of open) socket.destroy();
    server.close();
  }
}

let silence: Promise<void>;

// Most of the 20 s that a remote may take passes while the other tests run.
test.before(async () => {
  const shown = Promise.withResolvers<void>();
  silence = withSilentRemote(shown.resolve);
  await Promise.race([shown.promise, silence]);
  onGit = await openScene(({ repoUrl }) => `repoUrl = "${repoUrl}"`);
});
test.after(() => onGit.close());

test(
  'a pushed change needs a pull, then a switch, and then nothing more',
  onRepository(async ({ system, fleet }) => {
    const pushed = fleet.commitConfig('web1', 'a motd');
    assert.is((await system.api.refreshTarget()).commit, pushed);
    assert.is((await statuses(system)).git, 'outdated');
    assert.equal(await answered(system, 'switch'), [422, 'BLOCKED', 'git_outdated', 'pull']);

    assert.is((await system.run('pull', 'web1')).after?.repoCommit, pushed);
    assert.equal(await answered(system, 'pull'), [422, 'BLOCKED', 'already_current', null]);
    assert.is((await system.run('switch', 'web1')).status, 'SUCCESS');
    assert.equal(await statuses(system), { git: 'ok', lock: 'ok', system: 'ok' });
    assert.equal(await answered(system, 'switch'), [422, 'BLOCKED', 'already_current', null]);
    assert.is((await system.run('pull', 'web1', { force: true })).status, 'SUCCESS', 'force overrides');
  }),
);

test(
  'a push during a switch does not change its end, and is the next change',
  onRepository(async ({ system, fleet }) => {
    fleet.commitActivation('web1', waitAtGate(system.dir, 'switch'));
    await system.api.refreshTarget();
    const { after: pulled } = await system.run('pull', 'web1');
    const id = await system.dispatch('switch', 'web1');
    await system.command(id, ({ output }) => output.bytes > 0);
    const pushed = fleet.commitConfig('web1', 'pushed meanwhile');
    assert.is((await system.api.refreshTarget()).commit, pushed);
    assert.is((await statuses(system)).git, 'outdated');
    openGate(system.dir, 'switch');
    const { status, verdict, after } = await system.command(id);
    assert.equal([status, verdict?.freshness], ['SUCCESS', 'UNCHANGED'], verdict?.reason);
    assert.is(after?.repoCommit, pulled?.repoCommit, 'it is judged by what it has built');
    assert.equal(await answered(system, 'switch'), [422, 'BLOCKED', 'git_outdated', 'pull']);
  }),
);

test(
  'a pull is not judged by a push during it; the next in line brings that push, or finds nothing to do',
  onRepository(async ({ system, fleet }) => {
    const pushed = fleet.commitConfig('web1', 'known to all');
    await system.api.refreshTarget();
    // The commit is fetched by then, and the files are not written yet.
    writeFileSync(join(system.dir, 'HOLD'), '');
    const id = await system.dispatch('pull', 'web1');
    await waitFor('the fetch', () => existsSync(join(system.dir, 'HELD')));
    const pushedMeanwhile = fleet.commitConfig('web1', 'pushed meanwhile');
    assert.is((await system.api.refreshTarget()).commit, pushedMeanwhile);
    const queueMs = 60_000;
    const [next, last] = [
      await system.dispatch('pull', 'web1', { queueMs }),
      await system.dispatch('pull', 'web1', { queueMs }),
    ];
    openGate(system.dir, 'pull');
    const { status, evidence, after } = await system.command(id);
    assert.equal([status, evidence?.fetchedCommit, after?.repoCommit], ['SUCCESS', pushed, pushed]);
    assert.is((await system.command(next)).after?.repoCommit, pushedMeanwhile);
    const { status: lastStatus, code } = await system.command(last);
    assert.equal([lastStatus, code], ['BLOCKED', 'already_current'], 'it was asked again when its turn came');

    const unlooked = fleet.commitConfig('web1', 'known to nobody');
    assert.is((await system.run('pull', 'web1', { force: true })).after?.repoCommit, unlooked);
    await waitFor('a look at the target', system.api.target, ({ commit }) => commit === unlooked);
    assert.is((await statuses(system)).git, 'ok', 'a checkout that is ahead of what was known is not behind');
  }),
);

test(
  'an absent remote stops only commands that need it, and is reported until it is back',
  onRepository(async ({ system, fleet }) => {
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
  }),
);

test('a version.json names commit and lock: another lock than that of the checkout is to be pulled, whatever the next look takes', async () => {
  let asked: { commit: string; lockHash: string } | null = null;
  let holds = false;
  const held: ServerResponse[] = [];
  const server = createHttpServer((_, response) => {
    if (holds) held.push(response);
    else response.end(JSON.stringify(asked));
  });
  const url = `http://127.0.0.1:${await listening(server)}/version.json`;
  try {
    await inScene(
      openScene(() => `versionUrl = "${url}"`),
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
        assert.is((await system.run('switch', 'web1', { force: true })).status, 'SUCCESS', 'force overrides');
        const unknown = [422, 'BLOCKED', 'op_unsupported', null];
        assert.equal(await answered(system, 'pull-switch', { force: true }), unknown, 'force overrides');

        holds = true;
        const refreshed = system.api.refreshTarget();
        // If a test fails meanwhile, report its own failure.
        refreshed.catch(() => {});
        await waitFor('the look', () => held.length > 0);
        assert.is((await system.run('check-version', 'web1')).status, 'SUCCESS');
        assert.equal(
          await answered(system, 'switch'),
          [422, 'BLOCKED', 'lock_outdated', 'pull'],
          'as of the last look',
        );
        for (const response of held) response.end(JSON.stringify({ commit, lockHash }));
        assert.is((await refreshed).lockHash, lockHash);
        assert.equal(await answered(system, 'switch'), [422, 'BLOCKED', 'already_current', null]);
      },
    );
  } finally {
    server.close();
  }
});

test('a remote that takes connections and says nothing keeps no host waiting, and is given up after 20 s', () =>
  silence);

test.run();
