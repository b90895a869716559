// alone: it measures how long a host takes to go down

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

const hostTest = await setScene({}, async ({ addHost }) => ({ host: await addHost('web1', { ops: OPS }) }));

async function started(system: System, name: string): Promise<string> {
  const id = await system.dispatch('stay', name);
  await waitFor(`stay on ${name}`, async () => (await system.api.output(id)).includes('ready'));
  return id;
}

hostTest('a host whose command ignores SIGTERM is off within 10 s', async ({ system, host }) => {
  const id = await started(system, 'web1');
  const from = performance.now();
  await host.machine.shell('systemctl poweroff');
  await host.machine.off();
  const seconds = (performance.now() - from) / 1000;
  assert.ok(seconds < 10, `it took ${seconds.toFixed(1)} s`);
  await host.offline();
  await host.machine.boot();
  const { status, code } = await system.command(id);
  assert.equal([status, code], ['ABORTED_BY_REBOOT', 'host_rebooted']);
});

test.run();
