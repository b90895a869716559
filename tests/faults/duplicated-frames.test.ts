import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { addSubject, expectSound } from '../harness/subject.ts';

const COUNTED = Array.from({ length: 3000 }, (_, index) => `${index + 1}\n`).join('');

const inSystem = shareSystem(test);

test(
  'every frame comes twice, in both directions: nothing runs, counts, ends or is killed twice',
  inSystem(async (system) => {
    const { api } = system;
    const proxy = await system.addProxy();
    proxy.onFrame(({ type }) => (type === 'http' ? 'pass' : 'twice'));
    const subject = await addSubject(system, 'twice', {
      address: proxy.address,
      ops: {
        count: 'seq 1 3000; exit 3',
        stubborn: "trap '' TERM; echo ready; exec sleep 300",
        swap: { script: 'echo swap', completion: 'restart' },
      },
    });
    const { host } = subject;

    const count = await system.dispatch('count', 'twice');
    const counted = await expectSound(subject, count, { status: 'ERROR', exitCode: 3, starts: 1, output: COUNTED });
    assert.is(counted.rev, counted.history.length);

    const stubborn = await system.dispatch('stubborn', 'twice');
    await system.command(stubborn, ({ output }) => output.bytes > 0);
    const kill = await system.dispatch('kill', 'twice', { options: { graceMs: 200 } });
    await expectSound(subject, stubborn, { status: 'KILLED', starts: 1, output: 'ready\n' });
    assert.is((await system.command(kill)).status, 'SUCCESS');

    const swap = await system.dispatch('swap', 'twice');
    await waitFor('the restart', () => host.agent.exits.length === 1);
    await expectSound(subject, swap, { status: 'SUCCESS', starts: 1, output: 'swap\n' });
    assert.equal(host.agent.exits, [{ code: 101, signal: null }], 'the agent has left once');

    for (const id of [count, stubborn, swap]) {
      const events = (await api.events(`?command=${id}`)).map(({ at, code, message }) => `${at} ${code} ${message}`);
      assert.equal(new Set(events).size, events.length, 'each event once');
    }
    const online = (await api.events(`?host=${host.hostId}`)).filter(({ code }) => code === 'host_online');
    assert.is(online.length, 2, 'two connections');
  }),
);

test.run();
