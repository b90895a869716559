import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { atFrame, type FrameName } from '../harness/frame-fault.ts';
import { logLines } from '../harness/program.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { addSubject, expectSound, type Subject } from '../harness/subject.ts';
import { swept } from '../harness/sweep.ts';
import type { System } from '../harness/system.ts';

const COUNTED = Array.from({ length: 3000 }, (_, index) => `${index + 1}\n`).join('');

const OPS = {
  // Long enough for its phase to be seen and reported.
  count: 'seq 1 3000; sleep 0.1; exit 3',
  stubborn: "trap '' TERM; echo ready; exec sleep 300",
};

/** In the order in which they pass when a host is connected and runs a command. */
const OF_A_RUN: FrameName[] = [
  'coordinator command.run',
  'agent command.accepted',
  'agent command.started',
  'agent command.progress',
  'agent output',
  'coordinator command.output.ack',
  'agent command.exited',
  'coordinator command.exited.ack',
  'agent heartbeat',
];

/** Each frame is cut before and after; every third pair has both, over frames. */
const cutsOf = (frames: readonly FrameName[]) =>
  swept(
    frames.flatMap((frame) => (['cut-before', 'cut-after'] as const).map((fate) => [frame, fate] as const)),
    3,
  );

const OF_A_KILL: FrameName[] = ['coordinator command.kill', 'agent command.killing', 'agent command.exited'];

const OF_A_CONNECTION: FrameName[] = ['agent http', 'coordinator http', 'agent hello', 'coordinator welcome'];

const inSystem = shareSystem(test);

async function addProxied(system: System, name: string, env: Record<string, string> = {}) {
  const proxy = await system.addProxy();
  return { proxy, subject: await addSubject(system, name, { address: proxy.address, env, ops: OPS }) };
}

/** A host whose connection is cut again and again: the next heartbeat is soon. */
const addCut = (system: System, name: string) => addProxied(system, name, { SWITCHYARD_HEARTBEAT_INTERVAL_MS: '100' });

const nameOf = (what: string, frame: FrameName): string => `${what}-${frame.replace(/\W/g, '-')}`;

const nextConnection = ({ host }: Subject) =>
  waitFor(
    'the next connection',
    () => logLines(host.logFile).filter(({ msg }) => msg === 'connected').length,
    (count) => count === 2,
    45_000,
  );

const kill = ({ system, host }: Subject, commandId: string) =>
  system.dispatch('kill', host.name, { options: { commandId, graceMs: 200 } });

const ready = ({ system }: Subject, id: string) => system.command(id, ({ output }) => output.bytes > 0);

/** Half a minute of waiting, in which the other tests run. */
async function stallAll(system: System): Promise<void> {
  const stalled = async (frame: FrameName) => {
    const { proxy, subject } = await addProxied(system, nameOf('stall', frame));
    const hit = atFrame(proxy, frame, 'stall');
    const id = await system.dispatch('count', subject.host.name);
    await hit;
    await nextConnection(subject);
    await expectSound(subject, id, { status: 'ERROR', exitCode: 3, starts: 1, output: COUNTED });
  };
  const killStalled = async (frame: FrameName) => {
    const { proxy, subject } = await addProxied(system, nameOf('stall-kill', frame));
    const id = await system.dispatch('stubborn', subject.host.name);
    await ready(subject, id);
    const hit = atFrame(proxy, frame, 'stall');
    const killId = await kill(subject, id);
    await hit;
    // A kill whose beginning, at least, was heard is awaited.
    if (frame === 'agent command.exited') await nextConnection(subject);
    const heard = await system.command(killId);
    if (frame === 'agent command.exited') assert.is(heard.status, 'SUCCESS');
    else {
      assert.equal([heard.status, heard.code], ['ERROR', 'kill_failed'], 'nothing was heard of the kill');
      assert.is((await system.api.command(id)).code, 'kill_failed');
      await nextConnection(subject);
    }
    // If the order itself was lost, nobody has killed anything.
    if (frame === 'coordinator command.kill') await kill(subject, id);
    await expectSound(subject, id, { status: 'KILLED', code: 'killed', starts: 1, output: 'ready\n' });
  };
  const connectionStalled = async (frame: FrameName) => {
    const { proxy, subject } = await addProxied(system, nameOf('stall-hello', frame));
    const hit = Promise.withResolvers<void>();
    const act = () => atFrame(proxy, frame, 'stall').then(() => hit.resolve(), hit.reject);
    await Promise.all([
      atFrame(proxy, 'agent command.started', 'cut-after', { act }),
      system.dispatch('count', subject.host.name).then(async (id) => {
        await hit.promise;
        await nextConnection(subject);
        await expectSound(subject, id, { status: 'ERROR', exitCode: 3, starts: 1, output: COUNTED });
      }),
    ]);
  };
  await Promise.all([
    ...swept(OF_A_RUN, 3).map(stalled),
    ...OF_A_KILL.map(killStalled),
    ...swept(OF_A_CONNECTION, 3).map(connectionStalled),
  ]);
}

let stalling: Promise<void> | null = null;
test(
  'connections over which nothing passes any more do not disturb other hosts',
  inSystem(async (system) => {
    stalling = stallAll(system);
    // Its failure belongs to the last test.
    stalling.catch(() => {});
    const { subject } = await addProxied(system, 'flows');
    const id = await system.dispatch('count', 'flows');
    await expectSound(subject, id, { status: 'ERROR', exitCode: 3, starts: 1, output: COUNTED });
  }),
);

test(
  'a connection that is cut before or after any frame of a command changes nothing of how it ends',
  inSystem(async (system) => {
    const { proxy, subject } = await addCut(system, 'cut-run');
    for (const [frame, fate] of cutsOf(OF_A_RUN)) {
      const hit = atFrame(proxy, frame, fate);
      const id = await system.dispatch('count', 'cut-run', { queueMs: 30_000 });
      await hit;
      await expectSound(subject, id, { status: 'ERROR', exitCode: 3, starts: 1, output: COUNTED });
    }
    assert.is(subject.host.agent.exits.length, 0);
    await subject.host.agent.stop();
  }),
);

test(
  'a connection that is cut while it is made again changes nothing either',
  inSystem(async (system) => {
    const { proxy, subject } = await addCut(system, 'cut-hello');
    for (const [frame, fate] of cutsOf(OF_A_CONNECTION)) {
      let again: Promise<unknown> | null = null;
      const act = () => {
        again = atFrame(proxy, frame, fate);
      };
      const gone = atFrame(proxy, 'agent command.started', 'cut-after', { act });
      const id = await system.dispatch('count', 'cut-hello', { queueMs: 30_000 });
      await gone;
      await again;
      await expectSound(subject, id, { status: 'ERROR', exitCode: 3, starts: 1, output: COUNTED });
    }
  }),
);

test(
  'a kill goes on when the connection is cut before or after any of its frames',
  inSystem(async (system) => {
    const { proxy, subject } = await addCut(system, 'cut-kill');
    for (const [frame, fate] of cutsOf(OF_A_KILL)) {
      const id = await system.dispatch('stubborn', 'cut-kill', { queueMs: 30_000 });
      await ready(subject, id);
      const hit = atFrame(proxy, frame, fate);
      const killId = await kill(subject, id);
      await hit;
      const { kill: seen } = await expectSound(subject, id, { status: 'KILLED', starts: 1, output: 'ready\n' });
      assert.is(seen?.commandId, killId);
      assert.is((await system.command(killId)).status, 'SUCCESS');
    }
  }),
);

test(
  'an agent that comes back while its old connection hangs half-open takes over at once, and the old one counts no more',
  inSystem(async (system) => {
    const { proxy, subject } = await addProxied(system, 'half-open');
    const { host } = subject;
    const id = await system.dispatch('stubborn', 'half-open');
    await ready(subject, id);
    const hit = atFrame(proxy, 'agent heartbeat', 'stall');
    await hit;
    host.agent.kill('SIGKILL');
    const { connectedAt } = await system.api.host('half-open');
    await waitFor('the next connection', async () => (await system.api.host('half-open')).connectedAt !== connectedAt);
    await kill(subject, id);
    await expectSound(subject, id, { status: 'KILLED', starts: 1, output: 'ready\n' });
  }),
);

test(
  'they are given up after 30 s by both sides, and what they held back comes on the next',
  inSystem(async () => void (await stalling)),
);

test.run();
