import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agentBundle } from '../../scripts/built-programs.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { createNixFleet } from '../fixtures/nix-fleet.ts';
import { rolloutsOf } from '../harness/rollouts.ts';
import { startSystem } from '../harness/system.ts';

const HOSTS = ['web1', 'web2', 'web3'];

testUnless([toolMissing('nix')])(
  'a stop with undo takes moved hosts back to their earlier systems; it leaves and names a host that was moved since',
  async () => {
    const fleet = await createNixFleet({ hosts: HOSTS, bundle: agentBundle, usesNix: true });
    const system = await startSystem({ config: `[target]\nrepoUrl = "${fleet.repoUrl}"\npollMs = 600000\n` });
    try {
      const rollouts = rolloutsOf(system.api);
      for (const name of HOSTS) {
        const { dir, env, installedPath, install } = fleet.host(name);
        install();
        await system.addHost(name, { dir, env, program: installedPath });
      }
      const systems = async () =>
        Object.fromEntries(
          await Promise.all(
            HOSTS.map(async (name) => [name, (await system.api.host(name)).report?.systemPath ?? null] as const),
          ),
        );
      const before = await systems();
      // web3 gets the commit too, and its system stays the same.
      for (const name of ['web1', 'web2']) fleet.commitConfig(name, 'rolled out');
      await system.api.refreshTarget();
      const id = await rollouts.start({
        steps: [{ op: 'pull-switch' }],
        hosts: HOSTS,
        waves: [{ count: 3, soakMs: 600_000 }],
      });
      await rollouts.until(id, 'all hosts proven', ({ counts }) => counts.proven === 3);
      const moved = await systems();
      assert.equal(
        HOSTS.filter((name) => moved[name] !== before[name]),
        ['web1', 'web2'],
      );
      fleet.commitConfig('web2', 'by hand');
      await system.api.refreshTarget();
      assert.is((await system.run('pull-switch', 'web2')).status, 'SUCCESS');
      const byHand = (await systems()).web2;
      assert.not.equal(byHand, moved.web2);

      const stopped = await rollouts.decide(id, 'stop', { undo: 'proven' });
      assert.is(stopped.status, 'STOPPED');
      const { message = '' } = (await system.api.events()).find(({ code }) => code === 'rollout_undone') ?? {};
      const [, dispatchId = ''] = /1 host goes back \(dispatch (\S+)\); not web2: /.exec(message) ?? [];
      assert.ok(dispatchId, message);
      const { commands } = await system.api.dispatched(dispatchId);
      for (const { id } of commands) {
        const { status, code } = await system.command(id);
        assert.equal([status, code], ['SUCCESS', null]);
      }
      assert.equal(await systems(), { ...before, web2: byHand });
    } catch (error) {
      console.log(system.logs());
      throw error;
    } finally {
      await system.close();
      fleet.close();
    }
  },
);

test.run();
