import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { LINK_OUTSIDE } from './machine.ts';
import { setScene } from './scene.ts';

/** The coordinator listens on 127.0.0.1, which a machine with a network of its own does not reach. */
let coordinatorPort = 0;
const way = createServer((agent) => {
  const coordinator = connect(coordinatorPort, '127.0.0.1');
  for (const [source, sink] of [[agent, coordinator] as const, [coordinator, agent] as const])
    source.on('error', () => sink.destroy()).pipe(sink);
});
test.after(() => void way.close());

const hostTest = await setScene({}, async ({ system, addHost }) => {
  coordinatorPort = Number(new URL(system.coordinator.address).port);
  await once(way.listen(0), 'listening');
  const address = `http://${LINK_OUTSIDE}:${(way.address() as AddressInfo).port}`;
  return { host: await addHost('web1', { isUnplugged: true, address }) };
});

hostTest(
  'an agent that starts before there is any network goes on trying, and connects once there is',
  async ({ system, host }) => {
    await host.machine.powerCut();
    await host.offline();
    await host.machine.boot();
    assert.is(await host.machine.shell('cat /proc/net/route | wc -l'), '1', 'no route but the heading');
    await waitFor('a try that failed', async () => /ENETUNREACH.*not connected/.test(await host.journal()));
    assert.is(await host.machine.shell('systemctl is-active switchyard-agent'), 'active');
    const agent = await host.agentPid();
    await host.machine.plugIn();
    await host.online();
    assert.is(await host.agentPid(), agent, 'it did not have to be started again');
    assert.is((await system.run('check-version', 'web1')).status, 'SUCCESS');
  },
);

hostTest('an agent that starts before the coordinator does connects once it can', async ({ system, host }) => {
  await host.machine.powerCut();
  await host.offline();
  await system.coordinator.stop();
  await host.machine.boot();
  await host.machine.plugIn();
  assert.is(await host.machine.shell('systemctl is-active switchyard-agent'), 'active');
  const agent = await host.agentPid();
  await system.coordinator.start();
  await host.online();
  assert.is(await host.agentPid(), agent, 'it did not have to be started again');
});

test.run();
