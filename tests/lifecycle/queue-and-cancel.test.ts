import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { atFrame } from '../harness/frame-fault.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { addSubject, expectSound, type SubjectOptions } from '../harness/subject.ts';
import type { System } from '../harness/system.ts';

const inSystem = shareSystem(test);

const addWorker = (system: System, name: string, more: SubjectOptions = {}) =>
  addSubject(system, name, { ...more, ops: { work: `echo begin; ${waitAtGate(system.dir, name)}; exit 5` } });

const QUEUED = { queueMs: 60_000 };

test(
  'commands queued for a busy host run one after the other, in their order; one that waits too long is EXPIRED',
  inSystem(async (system) => {
    const subject = await addWorker(system, 'busy');
    const first = await system.dispatch('work', 'busy');
    await system.command(first, ({ output }) => output.bytes > 0);
    const line = [];
    for (let place = 0; place < 3; place += 1) line.push(await system.dispatch('next', 'busy', QUEUED));
    const hurried = await system.dispatch('next', 'busy', { queueMs: 100 });
    await expectExpired(system, hurried);
    for (const id of line) assert.is((await system.api.command(id)).status, 'QUEUED');
    openGate(system.dir, 'busy');
    await expectSound(subject, first, { status: 'ERROR', exitCode: 5, starts: 1, output: 'begin\n' });
    let before = 0;
    for (const id of line) {
      const { dispatchedAt, finishedAt, history } = await expectSound(subject, id, { status: 'SUCCESS', starts: 1 });
      assert.equal(
        history.map(({ to }) => to),
        ['QUEUED', 'PENDING', 'EXECUTING', 'SUCCESS'],
      );
      assert.ok((dispatchedAt ?? 0) >= before, 'one after the other');
      before = finishedAt ?? 0;
    }
    assert.is(subject.deeds.of(hurried).starts, 0);
  }),
);

async function expectExpired(system: System, id: string): Promise<void> {
  const { status, code } = await system.command(id);
  assert.equal([status, code], ['EXPIRED', 'expired']);
}

test(
  'a line outlives the coordinator, and an offline host finds it when it comes',
  inSystem(async (system) => {
    const subject = await addWorker(system, 'asleep');
    const { host } = subject;
    await host.agent.stop();
    await host.offline();
    const ids = [await system.dispatch('next', 'asleep', QUEUED), await system.dispatch('next', 'asleep', QUEUED)];
    await system.coordinator.kill('SIGKILL');
    await system.coordinator.start();
    host.agent.start();
    for (const id of ids) await expectSound(subject, id, { status: 'SUCCESS', starts: 1, output: 'next\n' });
  }),
);

test(
  'cancel of a queued command: it never runs',
  inSystem(async (system) => {
    const subject = await addWorker(system, 'queued');
    const running = await system.dispatch('work', 'queued');
    const queued = await system.dispatch('next', 'queued', QUEUED);
    const cancel = await system.run('cancel', 'queued', { options: { commandId: queued } });
    assert.equal([cancel.status, cancel.targetCommandId], ['SUCCESS', queued]);
    openGate(system.dir, 'queued');
    await expectSound(subject, running, { status: 'ERROR', exitCode: 5, starts: 1 });
    await expectSound(subject, queued, { status: 'CANCELLED', code: 'cancelled', starts: 0, output: '' });
  }),
);

test(
  'cancel of a command on its way: the host is told not to start it, and never does',
  inSystem(async (system) => {
    const proxy = await system.addProxy();
    const subject = await addWorker(system, 'pending', { address: proxy.address });
    openGate(system.dir, 'pending');
    const hit = atFrame(proxy, 'coordinator command.run', 'cut-before');
    const id = await system.dispatch('work', 'pending');
    await hit;
    proxy.down();
    await system.run('cancel', 'pending', { options: { commandId: id } });
    assert.is((await system.api.command(id)).status, 'CANCELLED');
    proxy.up();
    await expectSound(subject, id, { status: 'CANCELLED', starts: 0, output: '' });
  }),
);

test(
  'cancel of a running command: no longer tracked, but the host is busy until it has ended, and its result is kept',
  inSystem(async (system) => {
    const subject = await addWorker(system, 'running');
    const { api } = system;
    const id = await system.dispatch('work', 'running');
    await system.command(id, ({ output }) => output.bytes > 0);
    await system.run('cancel', 'running');
    assert.is((await api.command(id)).status, 'CANCELLED');
    const busy = await api.dispatch({ op: 'next', hosts: ['running'] });
    assert.is(busy.answer.results[0]?.code, 'agent_busy');
    openGate(system.dir, 'running');
    await system.command(id, ({ lateResult }) => lateResult !== null);
    const { lateResult } = await expectSound(subject, id, { status: 'CANCELLED', starts: 1, output: 'begin\n' });
    assert.is(lateResult?.exitCode, 5);
  }),
);

test.run();
