/** Rollouts over 5,000 hosts: time to make one and to begin a wave, and the cost against the same dispatches. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { createApi, whenIdle } from './api.ts';
import { rounded } from './figures.ts';
import type { Usage } from './probe.ts';
import { runProgram } from './program.ts';
import { median, type Round } from './result.ts';
import { seedHosts } from './seed.ts';
import { startAgents, startCoordinator } from './server.ts';

const HOSTS = 5_000;
const WAVES = 20;
const WAVE = HOSTS / WAVES;
const ROUNDS = 5;
const RUN_MS = 200;
/** Time for the coordinator's work after the last command has come to its host. */
const TAIL_MS = 2_000;
const OP = 'check-version';
const NO_FLOOR = 'none: the budget is absolute';

await runProgram('rollouts', async (bench) => {
  const seeded = await seedHosts(bench.dir, HOSTS);
  const server = await startCoordinator(seeded.dataDir);
  bench.onEnd(() => server.end());
  const agents = await startAgents(server, { tokensFile: seeded.tokensFile, heartbeatMs: 5_000, runMs: RUN_MS });
  bench.onEnd(() => agents.end());
  const api = createApi({ address: server.address, adminToken: seeded.adminToken });

  const feed = { bytes: 0, largest: 0 };
  const socket = new WebSocket(`${server.address.replace('http', 'ws')}/ws/dashboard`, {
    headers: { authorization: `Bearer ${seeded.adminToken}` },
  });
  bench.onEnd(() => socket.terminate());
  socket.on('message', (data: Buffer) => {
    feed.bytes += data.length;
    feed.largest = Math.max(feed.largest, data.length);
  });
  await new Promise((resolve) => socket.once('message', resolve));

  let expected = 0;
  type Made = { id: string; status: string };
  const plan = { steps: [{ op: OP }], tags: ['simulated'], maxParallel: HOSTS, approve: true };
  const wavesOf = (count: number, waves: number) => Array.from({ length: waves }, () => ({ count, soakMs: 0 }));

  /** Time until it is made, with its waves frozen and durable. */
  async function make(): Promise<Round> {
    const startedAt = performance.now();
    const { id } = await api.post<Made>('/api/rollouts', { ...plan, waves: wavesOf(WAVE, WAVES) });
    const ours = performance.now() - startedAt;
    await api.post(`/api/rollouts/${id}/stop`, {});
    return { ours, floor: null };
  }

  /** Time from the approval until the last agent of the first wave has its command. */
  async function beginWave(): Promise<Round> {
    const { id } = await api.post<Made>('/api/rollouts', { ...plan, waves: [{ count: 1_000, soakMs: 600_000 }] });
    expected += 1_000;
    const allCame = agents.ask<number>('runs', expected);
    const startedAt = Date.now();
    await api.post(`/api/rollouts/${id}/approve`, {});
    const ours = ((await allCame) - startedAt) / 1000;
    await whenIdle(api);
    await api.post(`/api/rollouts/${id}/stop`, {});
    return { ours, floor: null };
  }

  const cost = async (work: () => Promise<void>): Promise<{ cpuMs: number; feedBytes: number; largest: number }> => {
    await sleep(TAIL_MS);
    Object.assign(feed, { bytes: 0, largest: 0 });
    const before = await server.ask<Usage>('usage');
    await work();
    await sleep(TAIL_MS);
    const after = await server.ask<Usage>('usage');
    return { cpuMs: after.cpuMs - before.cpuMs, feedBytes: feed.bytes, largest: feed.largest };
  };

  const rollOut = () =>
    cost(async () => {
      expected += HOSTS;
      await api.post('/api/rollouts', { ...plan, approve: false, waves: wavesOf(WAVE, WAVES) });
      await agents.ask('runs', expected);
    });

  const dispatchAll = () =>
    cost(async () => {
      for (let wave = 0; wave < WAVES; wave++) {
        const hosts = seeded.hostIds.slice(wave * WAVE, (wave + 1) * WAVE);
        expected += WAVE;
        await api.post('/api/dispatch', { op: OP, hosts });
        await agents.ask('runs', expected);
        await sleep(RUN_MS);
      }
    });

  const made: Round[] = [];
  const begun: Round[] = [];
  while (made.length < ROUNDS) made.push(await make());
  while (begun.length < ROUNDS) begun.push(await beginWave());
  const cpu: Round[] = [];
  const fed = { ours: [] as number[], floor: [] as number[], largest: 0 };
  for (let round = -1; round < ROUNDS; round++) {
    const ours = await rollOut();
    const floor = await dispatchAll();
    await whenIdle(api);
    // The first warms both up.
    if (round < 0) continue;
    cpu.push({ ours: ours.cpuMs, floor: floor.cpuMs });
    fed.ours.push(ours.feedBytes);
    fed.floor.push(floor.feedBytes);
    fed.largest = Math.max(fed.largest, ours.largest);
  }
  const perHost = (bytes: number[]) => rounded(median(bytes) / HOSTS / 1000);
  return {
    measured: [
      {
        row: 'rollout over 5,000 hosts in 20 waves: made',
        unit: 'ms',
        ours: 'from POST /api/rollouts until its answer, when it is durable',
        floor: NO_FLOOR,
        budget: { on: 'ours', atMost: 500 },
        rounds: made,
      },
      {
        row: 'rollout: a wave of 1,000 durable and sent',
        unit: 's',
        ours: 'from POST …/approve until the last agent of the wave has its command.run; every agent beats meanwhile',
        floor: NO_FLOOR,
        budget: { on: 'ours', atMost: 1 },
        rounds: begun,
      },
      {
        row: 'rollout over 5,000 hosts in 20 waves: CPU',
        unit: 'ms',
        ours: `of the coordinator, until ${TAIL_MS / 1000} s after the last command came to its host; a live feed is open`,
        floor: 'the same coordinator with the same feed: a dispatch to the hosts of each wave, one after the other',
        budget: { on: 'ratio', atMost: 1.5 },
        rounds: cpu,
        notes: [
          `The live feed sent ${perHost(fed.ours)} kB a host with the rollout and ${perHost(fed.floor)} kB without; its largest frame had ${rounded(fed.largest / 1000)} kB.`,
          'The waves soak for no time, so that both sides take about as long; heartbeats of the agents are in both.',
        ],
      },
    ],
  };
});
