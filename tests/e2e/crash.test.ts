import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isActive } from '../../shared/command.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { CommandView } from '../../shared/resources.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import type { Supervisor } from '../harness/supervisor.ts';
import { type System, withSystem } from '../harness/system.ts';

/** Counts to 2000 before the gate and to 4000 behind it, ends with 7, and writes its pid to `ran` each time that it runs. */
const counting = (dir: string) => `echo $$ >>'${dir}/ran'; seq 1 2000; ${waitAtGate(dir)}; seq 2001 4000; exit 7`;

const COUNTED = Array.from({ length: 4000 }, (_, index) => `${index + 1}\n`).join('');

const pidsIn = (dir: string) => readFileSync(join(dir, 'ran'), 'utf8').trim().split('\n').map(Number);

const hasEnded = (stateDir: string, id: string) => existsSync(join(stateDir, 'spool', id, 'exit'));

/** It ran once, to its own end, and all its output is here. */
async function expectCounted({ api, dir, command }: System, id: string): Promise<CommandView> {
  const ended = await command(id, ({ status, output }) => !isActive(status) && output.bytes === output.total);
  assert.equal([ended.status, ended.exitCode, ended.signal], ['ERROR', 7, null]);
  assert.is((await api.output(id)).toString(), COUNTED);
  assert.is(pidsIn(dir).length, 1);
  return ended;
}

/** How an agent may be ended: launchd and Ctrl-C mean its whole process group. */
const AGENT_ENDS: Readonly<Record<string, (agent: Supervisor) => void>> = {
  'kill -9 of the agent': (agent) => agent.kill('SIGKILL'),
  "kill -9 of the agent's process group": (agent) => process.kill(-(agent.pid() ?? Number.NaN), 'SIGKILL'),
  'SIGTERM for the agent': (agent) => agent.kill('SIGTERM'),
};

for (const [what, end] of Object.entries(AGENT_ENDS))
  test(
    `${what} in the middle of a command: the same process goes on, all output arrives, the exit code is real`,
    withSystem(async (system) => {
      const { api, dir, addHost, dispatch, command } = system;
      const host = await addHost('web1', { ops: { count: counting(dir) } });
      const id = await dispatch('count', 'web1');
      const { pid } = await command(id, ({ output }) => output.bytes > 0);
      end(host.agent);
      await waitFor('the next agent', () => host.agent.exits.length === 1 && host.agent.pid());
      await host.online();
      openGate(dir);
      assert.is((await expectCounted(system, id)).pid, pid);
      assert.is((await api.host('web1')).report?.running, null);
    }),
  );

test(
  'a command that ends while its agent is dead is told as it ended',
  withSystem(async (system) => {
    const { api, dir, addHost, dispatch, command } = system;
    const host = await addHost('web1', { ops: { count: counting(dir) } });
    const id = await dispatch('count', 'web1');
    await command(id, ({ output }) => output.bytes > 0);
    await host.agent.stop();
    openGate(dir);
    await waitFor('its end on the host', () => hasEnded(host.stateDir, id));
    assert.is((await api.command(id)).status, 'EXECUTING', 'a disconnect changes no status');

    host.agent.start();
    await expectCounted(system, id);
  }),
);

test(
  'kill -9 of the coordinator in the middle of a command: it goes on, and what it did is there after the restart',
  withSystem(async (system) => {
    const { api, dir, coordinator, addHost, dispatch, command } = system;
    const host = await addHost('web1', { ops: { count: counting(dir) } });
    const id = await dispatch('count', 'web1');
    const before = await command(id, ({ output }) => output.bytes > 0);
    await coordinator.kill('SIGKILL');
    openGate(dir);
    await waitFor('its end on the host', () => hasEnded(host.stateDir, id));
    await coordinator.start();

    const ended = await expectCounted(system, id);
    assert.is(ended.pid, before.pid);
    assert.equal(
      ended.history.map(({ to }) => to),
      ['PENDING', 'EXECUTING', 'ERROR'],
    );
    assert.is((await api.commands()).length, 1);
    assert.is(host.agent.exits.length, 0, 'the agent had no part in it');
  }),
);

test(
  'output that was acknowledged before a kill -9 of the coordinator still counts, and whoever follows it sees the end',
  withSystem(async ({ api, dir, coordinator, addHost, dispatch, command }) => {
    await addHost('web1', { ops: { quiet: `echo all there is; ${waitAtGate(dir)}` } });
    const id = await dispatch('quiet', 'web1');
    const held = { bytes: 13, total: 13, truncated: false };
    await command(id, ({ output }) => output.bytes === held.bytes);
    await coordinator.kill('SIGKILL');
    await coordinator.start();
    assert.equal((await api.command(id)).output, held);
    openGate(dir);
    let followed = '';
    for await (const bytes of await api.follow(id)) followed += Buffer.from(bytes).toString();
    assert.is(followed, 'all there is\n');
    const ended = await command(id);
    assert.equal([ended.status, ended.output], ['SUCCESS', held]);
  }),
);

test(
  'kill -9 of both at once loses nothing either',
  withSystem(async (system) => {
    const { dir, coordinator, addHost, dispatch, command } = system;
    const host = await addHost('web1', { ops: { count: counting(dir) } });
    const id = await dispatch('count', 'web1');
    await command(id, ({ output }) => output.bytes > 0);
    host.agent.kill('SIGKILL');
    await coordinator.kill('SIGKILL');
    openGate(dir);
    await coordinator.start();
    await expectCounted(system, id);
  }),
);

test(
  'a result reaches the coordinator although the network was down when the command ended',
  withSystem(async (system) => {
    const { api, dir, addHost, addProxy, dispatch, command } = system;
    const proxy = await addProxy();
    const host = await addHost('web1', { address: proxy.address, ops: { count: counting(dir) } });
    const id = await dispatch('count', 'web1');
    await command(id, ({ output }) => output.bytes > 0);
    proxy.down();
    openGate(dir);
    await waitFor('its end on the host', () => hasEnded(host.stateDir, id));
    await host.offline();
    assert.is((await api.command(id)).status, 'EXECUTING');

    proxy.up();
    await expectCounted(system, id);
  }),
);

test(
  'a network that delivers every frame twice changes nothing',
  withSystem(async (system) => {
    const { dir, addHost, addProxy, run } = system;
    const proxy = await addProxy();
    await addHost('web1', { address: proxy.address, ops: { count: counting(dir) } });
    proxy.onFrame(({ type }) => (type === 'http' ? 'pass' : 'twice'));
    openGate(dir);
    const { id, history } = await run('count', 'web1');
    assert.equal(
      history.map(({ to }) => to),
      ['PENDING', 'EXECUTING', 'ERROR'],
    );
    await expectCounted(system, id);
  }),
);

test.run();
