import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { processesOf } from '../harness/census.ts';
import { atFrame, type FrameName } from '../harness/frame-fault.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { addSubject, expectSound, type Subject } from '../harness/subject.ts';
import { swept } from '../harness/sweep.ts';
import { killAtSyscall, type Syscall } from '../harness/syscall-fault.ts';
import type { System } from '../harness/system.ts';

const straceTest = testUnless([toolMissing('strace')]);

const COUNTED = Array.from({ length: 3000 }, (_, index) => `${index + 1}\n`).join('');

const withSystem = shareSystem(test);

let subjects: Subject[] = [];
/** The hosts end with the test, so frequent heartbeats cost little. */
const inSystem = (body: (system: System) => Promise<void>) =>
  withSystem(async (system) => {
    await body(system);
    for (const { host } of subjects) await host.agent.stop();
    subjects = [];
  });

async function addKilled(system: System, name: string, ops: Record<string, string> = {}, address = {}) {
  const subject = await addSubject(system, name, {
    ...address,
    // One thread for all of Node's file work, so that its calls come in one order.
    env: { SWITCHYARD_HEARTBEAT_INTERVAL_MS: '100', UV_THREADPOOL_SIZE: '1' },
    ops: {
      count: 'seq 1 3000; exit 3',
      stubborn: "trap '' TERM; echo ready; exec sleep 300",
      ...ops,
    },
  });
  subjects.push(subject);
  return subject;
}

/** SIGKILL; resolves once the next one is there. */
async function killAgent({ agent }: Subject['host']): Promise<void> {
  const ends = agent.exits.length;
  agent.kill('SIGKILL');
  await waitFor('the next agent', () => agent.exits.length > ends && agent.pid());
}

/** Runs `body`, in which the agent dies of a system call. */
async function dyingAt({ system, host }: Subject, syscall: Syscall, nth: number, body: () => Promise<void>) {
  const ends = host.agent.exits.length;
  const release = await killAtSyscall({ pid: host.agent.pid() ?? 0, syscall, nth, dir: system.dir });
  try {
    await body();
    await waitFor(`death at ${syscall} ${nth}`, () => host.agent.exits.length > ends);
  } finally {
    await release();
  }
}

straceTest(
  'an agent killed at any step on the way to disk, from the first folder to the tombstone, runs the command once or provably never',
  inSystem(async (system) => {
    const subject = await addKilled(system, 'durable');
    const ends: string[] = [];
    for (const [syscall, nths] of [
      ['mkdir', [1, 2]],
      ['fsync', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    ] as const)
      for (const nth of swept<number>(nths, 2)) {
        await dyingAt(subject, syscall, nth, async () => {
          const id = await system.dispatch('count', 'durable', { queueMs: 30_000 });
          const { status, code } = await system.command(id);
          ends.push(`${syscall} ${nth}: ${status} ${code}`);
        });
        const [last] = await system.api.commands('?op=count&limit=1');
        const ran = last?.code !== 'not_started';
        await expectSound(subject, last?.id ?? '', {
          status: 'ERROR',
          code: ran ? 'exit_nonzero' : 'not_started',
          starts: ran ? 1 : 0,
          output: ran ? COUNTED : '',
        });
      }
    assert.ok(ends.some((end) => end.includes('not_started')) && ends.some((end) => end.includes('exit_nonzero')));
  }),
);

straceTest(
  'killed between its accept and the start of the process: the command never runs, and ends not_started',
  inSystem(async (system) => {
    const subject = await addKilled(system, 'spawn');
    let id = '';
    await dyingAt(subject, 'clone3,clone,vfork', 1, async () => {
      id = await system.dispatch('count', 'spawn');
      await system.command(id);
    });
    await expectSound(subject, id, { status: 'ERROR', code: 'not_started', starts: 0, output: '' });
  }),
);

test(
  'killed when a frame of a command comes or goes',
  inSystem(async (system) => {
    const proxy = await system.addProxy();
    const subject = await addKilled(system, 'frames', {}, { address: proxy.address });
    const act = () => subject.host.agent.kill('SIGKILL');
    const frames: FrameName[] = [
      'coordinator command.run',
      'agent command.accepted',
      'agent command.started',
      'agent command.exited',
      'coordinator command.exited.ack',
    ];
    const cuts = swept(
      frames.flatMap((frame) => (['cut-before', 'cut-after'] as const).map((fate) => [frame, fate] as const)),
      3,
    );
    for (const [frame, fate] of cuts) {
      const hit = atFrame(proxy, frame, fate, { act });
      const id = await system.dispatch('count', 'frames', { queueMs: 30_000 });
      await hit;
      const { code } = await system.command(id);
      const ran = code !== 'not_started';
      const output = ran ? COUNTED : '';
      await expectSound(subject, id, { status: 'ERROR', starts: ran ? 1 : 0, output });
    }
    assert.is(subject.host.agent.exits.length, cuts.length);
  }),
);

test(
  'killed over and over while a command runs: the same process goes on, and all of its output arrives',
  inSystem(async (system) => {
    const script = `i=0; until [ $i -eq 20000 ]; do i=$((i+1)); echo $i; done; ${waitAtGate(system.dir)}; exit 4`;
    const subject = await addKilled(system, 'loop', { long: script });
    const id = await system.dispatch('long', 'loop');
    const { pid } = await system.command(id, (command) => command.pid !== null);
    for (let kills = 0; kills < 5; kills += 1) {
      await killAgent(subject.host);
      await waitFor(
        'its command',
        async () => (await system.api.host('loop')).report?.running?.id,
        (running) => running === id,
      );
    }
    openGate(system.dir);
    const output = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join('');
    const ended = await expectSound(subject, id, { status: 'ERROR', exitCode: 4, starts: 1, output });
    assert.is(ended.pid, pid);
  }),
);

test(
  "killed during a kill's grace, with nobody there to ask again: the kill goes on where it was",
  inSystem(async (system) => {
    const proxy = await system.addProxy();
    const subject = await addKilled(system, 'grace', {}, { address: proxy.address });
    const id = await system.dispatch('stubborn', 'grace');
    await system.command(id, ({ output }) => output.bytes > 0);
    const killId = await system.dispatch('kill', 'grace', { options: { graceMs: 1_000 } });
    await system.command(id, ({ kill }) => kill?.stage === 'term');
    proxy.down();
    await killAgent(subject.host);
    await waitFor('the end of its processes', () => processesOf(`spool/${id}`).length === 0);
    assert.is((await system.api.command(id)).status, 'KILLING');
    proxy.up();
    const ended = await expectSound(subject, id, { status: 'KILLED', starts: 1, output: 'ready\n' });
    assert.match(ended.message ?? '', 'SIGKILL', 'the kill waited out its grace');
    assert.is((await system.command(killId)).status, 'SUCCESS');
  }),
);

straceTest(
  'killed at any step that a kill takes on the disk: it goes on, and the command is KILLED',
  inSystem(async (system) => {
    const subject = await addKilled(system, 'journal');
    for (const nth of swept([1, 2, 3, 4, 5], 3)) {
      const id = await system.dispatch('stubborn', 'journal', { queueMs: 30_000 });
      await system.command(id, ({ output }) => output.bytes > 0);
      await dyingAt(subject, 'fsync', nth, async () => {
        await system.dispatch('kill', 'journal', { options: { graceMs: 200 } });
        await system.command(id);
      });
      await expectSound(subject, id, { status: 'KILLED', starts: 1, output: 'ready\n' });
    }
  }),
);

test.run();
