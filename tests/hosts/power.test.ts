import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { System } from '../harness/system.ts';
import { setScene } from './scene.ts';

/** Ignores SIGTERM, so that a shutdown has to wait for it. */
const OPS = `
[ops.stay]
steps = [["sh", "-c", "trap '' TERM; echo ready; exec sleep 300"]]
`;

/** The host that tests turn off and on, and another one that must notice nothing. */
const hostTest = await setScene({}, async ({ addHost }) => ({
  host: await addHost('web1', { ops: OPS }),
  other: await addHost('db1', { ops: OPS }),
}));

async function started(system: System, name: string): Promise<string> {
  const id = await system.dispatch('stay', name);
  await waitFor(`stay on ${name}`, async () => (await system.api.output(id)).includes('ready'));
  return id;
}

hostTest('restart starts another instance of the agent in the same boot', async ({ system, host }) => {
  const [bootId, agent] = [await host.bootId(), await host.agentPid()];
  const { status, before, after, verdict } = await system.run('restart', 'web1');
  assert.equal([status, verdict?.freshness], ['SUCCESS', 'UNCHANGED']);
  assert.equal(after?.freshness, before?.freshness);
  assert.is(await host.bootId(), bootId);
  assert.is.not(await host.agentPid(), agent);
});

hostTest(
  'a reboot ends with another boot, and the command that ran is aborted by it',
  async ({ system, host, other }) => {
    const [bootId, id, untouched] = [await host.bootId(), await started(system, 'web1'), await started(system, 'db1')];
    const reboot = await system.run('reboot', 'web1');
    assert.equal([reboot.status, reboot.code], ['SUCCESS', null]);
    assert.is(reboot.bootId, bootId);
    const { status, code } = await system.command(id);
    assert.equal([status, code], ['ABORTED_BY_REBOOT', 'host_rebooted']);
    assert.is.not(await host.bootId(), bootId);
    assert.is(await other.machine.shell(`systemctl is-active 'switchyard-stay-${untouched}-*'`), 'active');
    await system.run('kill', 'db1', { options: { signal: 'SIGKILL' } });
    assert.is((await system.command(untouched)).status, 'KILLED');
  },
);

hostTest('after a power cut the command that ran is aborted, and the host takes the next', async ({ system, host }) => {
  const id = await started(system, 'web1');
  await host.machine.powerCut();
  await host.machine.boot();
  const { status, code } = await system.command(id);
  assert.equal([status, code], ['ABORTED_BY_REBOOT', 'host_rebooted']);
  assert.is((await system.run('check-version', 'web1')).status, 'SUCCESS');
});

test.run();
