import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import { sampleHello } from '../../coordinator/fixtures/fake-agent.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { createRandom } from '../harness/random.ts';
import type { System } from '../harness/system.ts';
import { createHostileFrames } from './hostile-frames.ts';

/** The output of the honest host's op. */
const HONEST_OUTPUT = 200_000;
/** The coordinator may not grow by more than this, whatever a host sends. */
const MAX_GROWTH_BYTES = 400 * 1024 * 1024;

export type FuzzResult = {
  frames: Map<string, number>;
  connections: number;
  honestRuns: number;
  slowestAnswerMs: number;
  rssBefore: number;
  rssAfter: number;
};

const rssOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;

/**
 * Sends what a hostile host with a valid token may send, for `forMs`, while an honest host works and people look. Rejects if the
 * hostile one did more than end its own connections: the coordinator is another process or too large, an honest command ended
 * wrongly or lost output, the honest host went offline, or the API did not answer.
 */
export async function fuzzHost(system: System, { forMs, seed }: { forMs: number; seed: number }): Promise<FuzzResult> {
  const random = createRandom(seed);
  const { api, coordinator } = system;
  const honest = await system.addHost('honest', {
    ops: { work: `head -c ${HONEST_OUTPUT} /dev/zero | tr '\\0' x` },
  });
  const hostile = await api.addHost('hostile');
  const pid = coordinator.pid();
  const rssBefore = rssOf(pid);
  const connectedAt = (await api.host('honest')).connectedAt;
  const honestIds: string[] = [];
  const hostileIds: string[] = [];
  const frames = new Map<string, number>();
  let connections = 0;
  let slowestAnswerMs = 0;
  let isOver = false;
  const deadline = performance.now() + forMs;
  const goesOn = () => performance.now() < deadline && !isOver;

  async function attack(next: ReturnType<typeof createHostileFrames>): Promise<void> {
    while (goesOn()) {
      const socket = new WebSocket(`${coordinator.address.replace('http', 'ws')}/ws/agent`, {
        headers: { authorization: `Bearer ${hostile.token}` },
      });
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      socket.on('error', () => {});
      socket.on('message', (data) => {
        const { type, payload } = JSON.parse(data.toString());
        if (type === 'command.run' && hostileIds.length < 200) hostileIds.push(payload.id);
      });
      const opened = await Promise.race([
        new Promise<true>((resolve) => socket.once('open', () => resolve(true))),
        closed,
      ]);
      if (!opened) continue;
      connections += 1;
      if (random.chance(0.9)) socket.send(JSON.stringify({ type: 'hello', payload: sampleHello({ stateId: 'fuzz' }) }));
      const life = random.below(300);
      for (let sent = 0; sent < life && goesOn() && socket.readyState === socket.OPEN; sent += 1) {
        const { kind, data } = next();
        frames.set(kind, (frames.get(kind) ?? 0) + 1);
        // Awaits a write that its reader holds back, so that this process stays bounded, too.
        await new Promise<void>((resolve) => socket.send(data, () => resolve()));
      }
      socket.terminate();
      await closed;
    }
  }

  async function work(): Promise<void> {
    while (goesOn()) {
      const { id, status, output } = await system.run('work', 'honest');
      honestIds.push(id);
      if (status !== 'SUCCESS') throw new Error(`the honest command ${id} ended ${status}`);
      const held = await api.output(id);
      if (held.length !== HONEST_OUTPUT) throw new Error(`${held.length} bytes of ${output.total} are held of ${id}`);
    }
  }

  async function look(): Promise<void> {
    while (goesOn()) {
      for (const path of [
        '/api/hosts',
        '/api/commands?limit=100',
        '/api/events?limit=100',
        '/api/attention',
        '/healthz',
      ]) {
        const began = performance.now();
        const { status } = await api.send(path);
        slowestAnswerMs = Math.max(slowestAnswerMs, performance.now() - began);
        if (status !== 200) throw new Error(`${path} answered ${status}`);
      }
      await api.dispatch({ op: random.pick(['pull', 'test', 'reboot']), hosts: ['hostile'], force: true });
      await api.dispatch({ op: random.pick(['cancel', 'kill']), hosts: ['hostile'] });
    }
  }

  const tasks = [
    ...[1, 2].map(() => attack(createHostileFrames(random, () => [...hostileIds, ...honestIds.slice(-3)]))),
    work(),
    look(),
  ];
  try {
    await Promise.all(tasks);
  } finally {
    isOver = true;
    await Promise.allSettled(tasks);
  }

  if (coordinator.pid() !== pid) throw new Error('the coordinator is another process');
  const rssAfter = rssOf(pid);
  if (rssAfter - rssBefore > MAX_GROWTH_BYTES) throw new Error(`it grew from ${rssBefore} to ${rssAfter} bytes`);
  const seen = await api.host('honest');
  if (!seen.online || seen.connectedAt !== connectedAt) throw new Error('the honest host lost its connection');
  await coordinator.stop();
  await coordinator.start();
  await honest.online();
  for (const id of honestIds.slice(-20)) {
    const { status } = await api.command(id);
    if (status !== 'SUCCESS') throw new Error(`after a restart ${id} is ${status}`);
  }
  await waitFor(
    'both hosts',
    async () => (await api.send('/api/hosts')).status,
    (status) => status === 200,
  );
  return { frames, connections, honestRuns: honestIds.length, slowestAnswerMs, rssBefore, rssAfter };
}

export const figuresOf = ({
  frames,
  connections,
  honestRuns,
  slowestAnswerMs,
  rssBefore,
  rssAfter,
}: FuzzResult): string => {
  const mib = (bytes: number) => Math.round(bytes / 1024 / 1024);
  const sent = [...frames.values()].reduce((sum, count) => sum + count, 0);
  return `${sent} hostile frames over ${connections} connections; ${honestRuns} honest commands, all SUCCESS and whole; slowest answer ${Math.round(slowestAnswerMs)} ms; memory ${mib(rssBefore)} → ${mib(rssAfter)} MiB`;
};
