// alone: it measures how long things take

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { connectFakeAgent, type FakeAgent } from '../../coordinator/fixtures/fake-agent.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Status } from '../../shared/model/command.ts';
import { systemClock } from '../../shared/time/clock.ts';
import type { Hello } from '../../shared/wire/protocol.ts';
import { withSystem } from '../harness/system.ts';

const AGENTS = 1_000;
const OP = 'check-version';

type Fake = { name: string; token: string; hello: Hello; agent: FakeAgent; id: string };

/** `work` on all, a few at a time, because no fleet is added at once. */
async function inBatches<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += 50) await Promise.all(items.slice(from, from + 50).map(work));
}

test(
  '1,000 agents whose commands run while the coordinator is killed come back at once: every command ends once, as it ended',
  withSystem(async ({ api, coordinator }) => {
    const { address } = coordinator;
    const fakes: Fake[] = [];
    await inBatches(
      Array.from({ length: AGENTS }, (_, index) => `host-${index}`),
      async (name) => {
        const { token } = await api.addHost(name);
        const agent = await connectFakeAgent({ address, token, hello: { hostname: name } });
        fakes.push({ name, token, agent, hello: agent.hello, id: '' });
      },
    );

    const { status, answer } = await api.dispatch({ op: OP, hosts: fakes.map(({ name }) => name) });
    assert.equal([status, answer.summary.accepted], [202, AGENTS]);
    const ids = new Map(answer.results.map(({ host, commandId }) => [host, commandId]));
    await Promise.all(
      fakes.map(async (fake) => {
        fake.id = ids.get(fake.name) ?? '';
        const { id } = await fake.agent.next('command.run');
        assert.is(id, fake.id);
        fake.agent.send('command.accepted', { id });
        fake.agent.send('command.started', { id, pid: 1, startedAt: systemClock.now() });
      }),
    );
    const all = async (status: Status) => {
      const { commands } = await api.dispatched(answer.dispatchId);
      return commands.filter((command) => command.status === status).length;
    };
    await waitFor(
      'all to run',
      () => all('EXECUTING'),
      (count) => count === AGENTS,
    );

    await coordinator.kill('SIGKILL');
    await Promise.all(fakes.map(({ agent }) => agent.closed));
    await coordinator.start();
    const began = systemClock.monotonic();
    await Promise.all(
      fakes.map(async (fake) => {
        const startedAt = systemClock.now();
        const held = { id: fake.id, op: OP, state: 'exited' as const, startedAt, outputBytes: 0 };
        fake.agent = await connectFakeAgent({
          address,
          token: fake.token,
          hello: { ...fake.hello, commands: [held] },
        });
      }),
    );
    const welcomedMs = systemClock.monotonic() - began;
    await Promise.all(
      fakes.map(async ({ agent, id }, index) => {
        const at = systemClock.now();
        const exit = { id, exitCode: index % 2, signal: null, lost: false, startedAt: at, endedAt: at, outputBytes: 0 };
        agent.send('command.exited', exit);
        await agent.next('command.exited.ack');
        agent.heartbeat({ afterCommand: id });
        assert.equal(
          agent.frames.filter(({ type }) => type === 'command.run'),
          [],
          'nothing is sent a second time',
        );
      }),
    );
    console.log(`# ${AGENTS} agents were welcomed within ${welcomedMs} ms`);
    assert.ok(welcomedMs < 15_000, `the last welcome came after ${welcomedMs} ms`);

    await waitFor(
      'no active command',
      async () => (await api.commands('?active=true')).length,
      (count) => count === 0,
    );
    for (const [index, { name, id }] of fakes.entries()) {
      if (index % 50 > 1) continue;
      const command = await api.command(id);
      assert.equal([command.status, command.exitCode], index % 2 === 0 ? ['SUCCESS', 0] : ['ERROR', 1], name);
      assert.equal(
        command.history.map(({ to }) => to),
        ['PENDING', 'EXECUTING', command.status],
      );
      assert.is((await api.host(name)).activeCommandId, null);
    }
    assert.equal([await all('SUCCESS'), await all('ERROR')], [AGENTS / 2, AGENTS / 2]);
    await Promise.all(fakes.map(({ agent }) => agent.close()));
  }),
);

test.run();
