import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agentBundle } from '../../scripts/built-programs.ts';
import { createNixFleet, type NixFleet } from '../fixtures/nix-fleet.ts';
import { type RolloutsApi, rolloutsOf } from '../harness/rollouts.ts';
import { type System, startSystem } from '../harness/system.ts';

export const HOSTS = ['web1', 'web2'];
export const STEPS = [{ op: 'pull' }, { op: 'switch' }];

/** Hosts that pull and switch a real repository, whose agents run from their active systems. */
export type RolloutScene = {
  readonly system: System;
  readonly fleet: NixFleet;
  readonly rollouts: RolloutsApi;
  /** The rollout of the newest commit: the first host alone, then the other. */
  rollOut(soakMs?: number): Promise<string>;
  standings(id: string): Promise<(string | null)[][]>;
};

/** One scene for all tests of a suite; each continues from the one before. */
export function rolloutScene(): () => RolloutScene {
  let fleet: NixFleet | null = null;
  let system: System | null = null;
  let scene: RolloutScene | null = null;

  test.before(async () => {
    const created = await createNixFleet({ hosts: HOSTS, bundle: agentBundle, usesNix: false });
    fleet = created;
    const started = await startSystem({ config: `[target]\nrepoUrl = "${created.repoUrl}"\npollMs = 600000\n` });
    system = started;
    const rollouts = rolloutsOf(started.api);
    for (const name of HOSTS) {
      const { dir, env, installedPath, install } = created.host(name);
      install();
      await started.addHost(name, { dir, env, program: installedPath });
      assert.is((await started.run('pull', name, { force: true })).status, 'SUCCESS');
    }
    scene = {
      system: started,
      fleet: created,
      rollouts,
      async rollOut(soakMs = 0) {
        await started.api.refreshTarget();
        return await rollouts.start({ steps: STEPS, hosts: HOSTS, waves: [{ count: 1, soakMs }] });
      },
      standings: async (id) =>
        (await rollouts.view(id)).hosts.map(({ host, standing, code }) => [host, standing, code]),
    };
  });
  test.after(async () => {
    await system?.close();
    fleet?.close();
  });
  return () => {
    if (!scene) throw new Error('the fleet did not start');
    return scene;
  };
}
