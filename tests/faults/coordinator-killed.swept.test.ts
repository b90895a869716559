import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agentBundle } from '../../scripts/built-programs.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { createNixFleet } from '../fixtures/nix-fleet.ts';
import { dispatchSurely } from '../harness/dispatch-surely.ts';
import { atFrame, type FrameName } from '../harness/frame-fault.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import type { Fate } from '../harness/proxy.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { addSubject, expectNothingLeft, expectSound } from '../harness/subject.ts';
import { swept } from '../harness/sweep.ts';
import { killAtSyscall, type Syscall } from '../harness/syscall-fault.ts';
import { ON_POSTGRES, type System } from '../harness/system.ts';

const straceTest = testUnless([toolMissing('strace')]);

const COUNTED = Array.from({ length: 3000 }, (_, index) => `${index + 1}\n`).join('');

const OPS = {
  count: 'seq 1 3000; exit 3',
  stubborn: "trap '' TERM; echo ready; exec sleep 300",
};

const ENV = { SWITCHYARD_HEARTBEAT_INTERVAL_MS: '100' };

const inSystem = shareSystem(test);

/** Runs `body`, in which the coordinator dies, and starts it again at once. */
async function survives({ coordinator }: System, body: () => Promise<void>): Promise<void> {
  let restarted = false;
  const restart = coordinator.exited().then(async () => {
    await coordinator.start();
    restarted = true;
  });
  await body();
  await waitFor('the death of the coordinator', () => restarted);
  await restart;
}

type At = readonly [syscall: Syscall, nths: readonly number[]];

const ON_SQLITE_AT: readonly At[] = [
  // A command's life has four commits: dies before the first, within it, and before or within the others.
  ['pwrite64', [1, 20, 41, 60, 77, 100]],
  // Each of them is whole, and nothing was published.
  ['fsync', [1, 2, 3, 4]],
  // The output is there, and not acknowledged.
  ['fdatasync', [1]],
];

/** Messages to the database, agents and people. The coordinator dies before or after a commit, acknowledgement or answer leaves. */
const ON_POSTGRES_AT: readonly At[] = [
  ['write', [1, 3, 6]],
  ['writev', [1, 2, 4]],
];

straceTest(
  'killed before, within and after each commit of a command: nothing is lost and nothing runs twice',
  inSystem(async (system) => {
    const subject = await addSubject(system, 'commits', { ops: OPS, env: ENV });
    const { coordinator, dir } = system;
    for (const [syscall, nths] of ON_POSTGRES ? ON_POSTGRES_AT : ON_SQLITE_AT)
      for (const nth of swept(nths, 3)) {
        let id = '';
        const release = await killAtSyscall({ pid: coordinator.pid(), syscall, nth, dir });
        try {
          await survives(system, async () => {
            id = await dispatchSurely(system, 'count', 'commits');
            await system.command(id);
          });
        } finally {
          await release();
        }
        await expectSound(subject, id, { status: 'ERROR', exitCode: 3, starts: 1, output: COUNTED });
      }
    assert.is(subject.host.agent.exits.length, 0);
    await subject.host.agent.stop();
  }),
);

test(
  'killed when a frame comes, or before one leaves',
  inSystem(async (system) => {
    const proxy = await system.addProxy();
    const subject = await addSubject(system, 'frames', { ops: OPS, env: ENV, address: proxy.address });
    const frames: [FrameName, Fate][] = [
      ['coordinator command.run', 'cut-before'],
      ['agent command.accepted', 'cut-after'],
      ['coordinator command.output.ack', 'cut-before'],
      ['agent command.exited', 'cut-after'],
      ['coordinator command.exited.ack', 'cut-before'],
    ];
    for (const [frame, fate] of frames) {
      let id = '';
      await survives(system, async () => {
        const act = () => void system.coordinator.kill('SIGKILL');
        const hit = atFrame(proxy, frame, fate, { act });
        id = await dispatchSurely(system, 'count', 'frames');
        await hit;
      });
      await expectSound(subject, id, { status: 'ERROR', exitCode: 3, starts: 1, output: COUNTED });
    }
  }),
);

test(
  'killed when a kill was asked for, before the host heard of it or told of it: the kill goes on',
  inSystem(async (system) => {
    const proxy = await system.addProxy();
    const subject = await addSubject(system, 'kills', { ops: OPS, env: ENV, address: proxy.address });
    for (const frame of ['coordinator command.kill', 'agent command.killing'] as const) {
      const id = await system.dispatch('stubborn', 'kills', { queueMs: 30_000 });
      await system.command(id, ({ output }) => output.bytes > 0);
      let killId = '';
      await survives(system, async () => {
        const act = () => void system.coordinator.kill('SIGKILL');
        const hit = atFrame(proxy, frame, 'cut-before', { act });
        killId = await dispatchSurely(system, 'kill', 'kills', { options: { commandId: id, graceMs: 200 } });
        await hit;
      });
      await expectSound(subject, id, { status: 'KILLED', starts: 1, output: 'ready\n' });
      assert.is((await system.command(killId)).status, 'SUCCESS');
    }
  }),
);

test(
  'a coordinator that is down for the whole of a switch finds out how it went',
  inSystem(async (system) => {
    const { coordinator } = system;
    const fleet = await createNixFleet({ hosts: ['web1'], bundle: agentBundle, usesNix: false });
    try {
      const { dir, env, installedPath, install } = fleet.host('web1');
      install();
      const host = await system.addHost('web1', { dir, env, program: installedPath });
      await fleet.bumpAgent(agentBundle);
      fleet.commitActivation('web1', `${waitAtGate(system.dir)}; echo on it goes`);
      assert.is((await system.run('pull', 'web1')).status, 'SUCCESS');
      const id = await system.dispatch('switch', 'web1');
      await system.command(id, ({ output }) => output.bytes > 0);
      await coordinator.kill('SIGKILL');
      openGate(system.dir);
      await waitFor('the next agent', () => host.agent.exits.length === 1 && host.agent.pid());
      assert.equal(host.agent.exits, [{ code: 101, signal: null }]);
      await coordinator.start();
      const { status, verdict, history } = await system.command(id);
      assert.equal([status, verdict?.freshness], ['SUCCESS', 'FRESH'], verdict?.reason);
      assert.equal(
        history.map(({ to }) => to),
        ['PENDING', 'EXECUTING', 'AWAITING_RECONNECT', 'SUCCESS'],
      );
      await system.command(id, ({ output }) => output.bytes === output.total);
      assert.match((await system.api.output(id)).toString(), 'on it goes', 'its output while the coordinator was away');
      await expectNothingLeft(host, id);
      assert.is((await system.run('check-version', 'web1')).status, 'SUCCESS');
      await host.agent.stop();
    } finally {
      fleet.close();
    }
  }),
);

test.run();
