import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CommandView } from '../../shared/api/resources.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { isActive } from '../../shared/model/command.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import type { TestHost } from '../harness/host.ts';
import type { TestProxy } from '../harness/proxy.ts';
import { shareSystem } from '../harness/shared-system.ts';
import type { Supervisor } from '../harness/supervisor.ts';
import type { System } from '../harness/system.ts';

const inSystem = shareSystem(test);

/** Counts to 2000 before its gate and to 4000 behind it, ends with 7, and writes its pid to `ran` each time that it runs. */
const counting = (dir: string, name: string) =>
  `echo $$ >>'${dir}/${name}/ran'; seq 1 2000; ${waitAtGate(dir, name)}; seq 2001 4000; exit 7`;

const COUNTED = Array.from({ length: 4000 }, (_, index) => `${index + 1}\n`).join('');

const pidsIn = (dir: string) => readFileSync(join(dir, 'ran'), 'utf8').trim().split('\n').map(Number);

type Counting = {
  readonly system: System;
  readonly host: TestHost;
  /** The proxy between host and coordinator. */
  readonly proxy: TestProxy;
  /** Dispatches the command; resolves once it counts. */
  begin(): Promise<CommandView>;
  goOn(): void;
  /** Resolves once its result is on the host's disk. */
  hasEnded(id: string): Promise<true>;
  /** Asserts that the command ran once to its own end, and that all its output is here. */
  expectCounted(id: string): Promise<CommandView>;
};

/** Declares a test with a host that counts. */
const counts = (title: string, name: string, body: (scene: Counting) => Promise<void>): void =>
  test(
    title,
    inSystem(async (system) => {
      const { api, dir, dispatch, command } = system;
      const proxy = await system.addProxy();
      const host = await system.addHost(name, { address: proxy.address, ops: { count: counting(dir, name) } });
      await body({
        system,
        host,
        proxy,
        begin: async () => command(await dispatch('count', name), ({ output }) => output.bytes > 0),
        goOn: () => openGate(dir, name),
        hasEnded: (id) =>
          waitFor('the command to end on the host', () => existsSync(join(host.stateDir, 'spool', id, 'exit'))),
        async expectCounted(id) {
          const ended = await command(id, ({ status, output }) => !isActive(status) && output.bytes === output.total);
          assert.equal([ended.status, ended.exitCode, ended.signal], ['ERROR', 7, null]);
          assert.is((await api.output(id)).toString(), COUNTED);
          assert.is(pidsIn(host.dir).length, 1);
          return ended;
        },
      });
      await host.agent.stop();
    }),
  );

/** How an agent may be ended: launchd and Ctrl-C mean its whole process group. */
const AGENT_ENDS: readonly (readonly [what: string, name: string, end: (agent: Supervisor) => void])[] = [
  ['kill -9 of the agent', 'killed', (agent) => agent.kill('SIGKILL')],
  ["kill -9 of the agent's process group", 'group', (agent) => process.kill(-(agent.pid() ?? Number.NaN), 'SIGKILL')],
  ['SIGTERM for the agent', 'ended', (agent) => agent.kill('SIGTERM')],
];

for (const [what, name, end] of AGENT_ENDS)
  counts(
    `${what} in the middle of a command: the same process goes on, all output arrives, the exit code is real`,
    name,
    async ({ system: { api }, host, begin, goOn, expectCounted }) => {
      const { id, pid } = await begin();
      end(host.agent);
      await waitFor('the next agent', () => host.agent.exits.length === 1 && host.agent.pid());
      await host.online();
      goOn();
      assert.is((await expectCounted(id)).pid, pid);
      assert.is((await api.host(name)).report?.running, null);
    },
  );

counts(
  'a command that ends while its agent is dead is told as it ended',
  'dead',
  async ({ system: { api }, host, begin, goOn, hasEnded, expectCounted }) => {
    const { id } = await begin();
    await host.agent.stop();
    goOn();
    await hasEnded(id);
    assert.is((await api.command(id)).status, 'EXECUTING', 'a disconnect changes no status');

    host.agent.start();
    await expectCounted(id);
  },
);

counts(
  'kill -9 of the coordinator in the middle of a command: it goes on, and what it did is there after the restart',
  'alone',
  async ({ system: { api, coordinator }, host, begin, goOn, hasEnded, expectCounted }) => {
    const { id, pid } = await begin();
    await coordinator.kill('SIGKILL');
    goOn();
    await hasEnded(id);
    await coordinator.start();

    const ended = await expectCounted(id);
    assert.is(ended.pid, pid);
    assert.equal(
      ended.history.map(({ to }) => to),
      ['PENDING', 'EXECUTING', 'ERROR'],
    );
    assert.is((await api.commands('?host=alone')).length, 1);
    assert.is(host.agent.exits.length, 0, 'the agent had no part in it');
  },
);

test(
  'output that was acknowledged before a kill -9 of the coordinator still counts, and whoever follows it sees the end',
  inSystem(async ({ api, dir, coordinator, addHost, dispatch, command }) => {
    const host = await addHost('quiet', { ops: { quiet: `echo all there is; ${waitAtGate(dir, 'quiet')}` } });
    const id = await dispatch('quiet', 'quiet');
    const held = { bytes: 13, total: 13, truncated: false };
    await command(id, ({ output }) => output.bytes === held.bytes);
    await coordinator.kill('SIGKILL');
    await coordinator.start();
    assert.equal((await api.command(id)).output, held);
    openGate(dir, 'quiet');
    let followed = '';
    for await (const bytes of await api.follow(id)) followed += Buffer.from(bytes).toString();
    assert.is(followed, 'all there is\n');
    const ended = await command(id);
    assert.equal([ended.status, ended.output], ['SUCCESS', held]);
    await host.agent.stop();
  }),
);

counts(
  'kill -9 of both at once loses nothing either',
  'both',
  async ({ system: { coordinator }, host, begin, goOn, expectCounted }) => {
    const { id } = await begin();
    host.agent.kill('SIGKILL');
    await coordinator.kill('SIGKILL');
    goOn();
    await coordinator.start();
    await expectCounted(id);
  },
);

counts(
  'a result reaches the coordinator although the network was down when the command ended',
  'cut-off',
  async ({ system: { api }, host, proxy, begin, goOn, hasEnded, expectCounted }) => {
    const { id } = await begin();
    proxy.down();
    goOn();
    await hasEnded(id);
    await host.offline();
    assert.is((await api.command(id)).status, 'EXECUTING');

    proxy.up();
    await expectCounted(id);
  },
);

counts(
  'a network that delivers every frame twice changes nothing',
  'twice',
  async ({ system, proxy, goOn, expectCounted }) => {
    proxy.onFrame(({ type }) => (type === 'http' ? 'pass' : 'twice'));
    goOn();
    const { id, history } = await system.run('count', 'twice');
    assert.equal(
      history.map(({ to }) => to),
      ['PENDING', 'EXECUTING', 'ERROR'],
    );
    await expectCounted(id);
  },
);

test.run();
