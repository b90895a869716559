import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agentBundle } from '../../scripts/built-programs.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { createNixFleet, type NixFleet } from '../fixtures/nix-fleet.ts';
import type { TestHost } from '../harness/host.ts';
import { type System, startSystem } from '../harness/system.ts';

/** One host that runs the real agent's bundle through a link into its active system; the tests of a kind go on from each other. */
type Scene = { system: System; fleet: NixFleet; host: TestHost };

async function createScene(usesNix: boolean): Promise<Scene> {
  const fleet = await createNixFleet({ hosts: ['web1'], bundle: agentBundle, usesNix });
  const config = `[target]\nrepoUrl = "${fleet.repoUrl}"\npollMs = 600000\n`;
  const system = await startSystem({ config }).catch((error) => {
    fleet.close();
    throw error;
  });
  const { dir, env, installedPath, install } = fleet.host('web1');
  install();
  const host = await system.addHost('web1', { dir, env, program: installedPath });
  return { system, fleet, host };
}

for (const usesNix of [false, true]) {
  const kind = usesNix ? 'nixos' : 'custom';
  const switchTest = testUnless([usesNix ? toolMissing('nix') : null]);
  let scene: Scene | null = null;

  const inScene = (body: (scene: Scene) => Promise<void>) => async () => {
    scene ??= await createScene(usesNix);
    try {
      await body(scene);
    } catch (error) {
      console.log(scene.system.logs());
      throw error;
    }
  };

  /** As a person would: push, pull, switch. */
  async function pullAndSwitch({ system, host }: Scene) {
    await system.api.refreshTarget();
    const pulled = await system.run('pull', 'web1');
    assert.is(pulled.status, 'SUCCESS', pulled.message ?? '');
    const restarts = host.agent.exits.length;
    const switched = await system.run('switch', 'web1');
    assert.equal(host.agent.exits.slice(restarts), [{ code: 101, signal: null }], 'the agent leaves once, with 101');
    return switched;
  }

  switchTest(
    `${kind}: a switch that brings a new build of the agent is a SUCCESS, and the verdict FRESH`,
    inScene(async (scene) => {
      const { fleet, system } = scene;
      const before = fleet.pin();
      await fleet.bumpAgent(agentBundle);
      const { status, code, verdict, after, evidence, history } = await pullAndSwitch(scene);
      assert.equal([status, code, verdict?.freshness], ['SUCCESS', null, 'FRESH'], verdict?.reason);
      assert.equal([verdict?.commit, verdict?.path, verdict?.hash], ['changed', 'changed', 'changed']);
      assert.is(after?.freshness.sourceCommit, fleet.pin());
      assert.is.not(after?.freshness.sourceCommit, before);
      assert.is(after?.systemPath, evidence?.builtPath);
      assert.equal(
        history.map(({ to }) => to),
        ['PENDING', 'EXECUTING', 'AWAITING_RECONNECT', 'SUCCESS'],
      );
      const { compartments } = await system.api.host('web1');
      assert.equal([compartments.agent.status, compartments.git.status, compartments.lock.status], ['ok', 'ok', 'ok']);
    }),
  );

  switchTest(
    `${kind}: a switch of the configuration alone is a SUCCESS, and the verdict UNCHANGED`,
    inScene(async (scene) => {
      const systemBefore = (await scene.system.api.host('web1')).report?.systemPath;
      scene.fleet.commitConfig('web1', 'another motd');
      const { status, code, verdict, after } = await pullAndSwitch(scene);
      assert.equal([status, code, verdict?.freshness], ['SUCCESS', null, 'UNCHANGED'], verdict?.reason);
      assert.equal([verdict?.commit, verdict?.path, verdict?.hash], ['same', 'same', 'same']);
      assert.is.not(after?.systemPath, systemBefore);
    }),
  );

  if (usesNix)
    switchTest(
      `${kind}: a rollback activates the generation before, and ends as a SUCCESS once the agent is back`,
      inScene(async ({ fleet, system }) => {
        const { systemPath, generation } = (await system.api.host('web1')).report ?? {};
        const { status, after } = await system.run('rollback', 'web1');
        assert.is(status, 'SUCCESS');
        assert.is(after?.generation, (generation ?? 0) - 1);
        assert.is.not(after?.systemPath, systemPath);
        assert.is(after?.freshness.sourceCommit, fleet.pin());
      }),
    );

  switchTest(
    `${kind}: a switch whose pinned agent moved but whose build stayed ends as STALE_BINARY, with a hint`,
    inScene(async (scene) => {
      const { fleet, system } = scene;
      const built = fleet.pin();
      fleet.bumpPinOnly();
      const { id, status, code, verdict, hint, after } = await pullAndSwitch(scene);
      assert.equal([status, code, verdict?.freshness], ['STALE_BINARY', 'stale_binary', 'STALE'], verdict?.reason);
      assert.equal([after?.freshness.sourceCommit, after?.expectedCommit], [built, fleet.pin()]);
      assert.match(verdict?.reason ?? '', fleet.pin().slice(0, 12));
      assert.ok(hint);
      assert.equal(
        (await system.api.attention()).map(({ kind, commandId }) => [kind, commandId]),
        [['stale_binary', id]],
      );
    }),
  );

  switchTest(
    `${kind}: a test run with one failing script is an ERROR with what each script did`,
    inScene(async ({ fleet, system }) => {
      fleet.breakTest('web1', '20-broken.sh');
      fleet.commitTest('web1', '30-last.sh', 'echo fine');
      await system.api.refreshTarget();
      await system.run('pull', 'web1');
      const { id, status, exitCode, evidence } = await system.run('test', 'web1');
      assert.equal([status, exitCode], ['ERROR', 1]);
      assert.equal(
        evidence?.tests?.map(({ name, exitCode }) => [name, exitCode]),
        [
          ['10-system.sh', 0],
          ['20-broken.sh', 1],
          ['30-last.sh', 0],
        ],
      );
      assert.match((await system.api.output(id)).toString(), '1 of 3 tests failed: 20-broken.sh');
    }),
  );

  test.after(async () => {
    await scene?.system.close();
    scene?.fleet.close();
  });
}

test.run();
