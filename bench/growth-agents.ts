/** How cost grows with agents: each fleet on a coordinator of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createApi } from './api.ts';
import { rounded } from './figures.ts';
import { latency } from './latency.ts';
import type { Usage } from './probe.ts';
import { type Bench, runProgram } from './program.ts';
import { seedHosts } from './seed.ts';
import { startAgents, startCoordinator } from './server.ts';

const FLEETS = [100, 1_000, 5_000, 10_000];
const HEARTBEAT_MS = 5_000;
const DISPATCHES = 30;
const LISTS = 5;

async function grownTo(bench: Bench, count: number): Promise<(string | number)[]> {
  const seeded = await seedHosts(`${bench.dir}/${count}`, count);
  const coordinator = await startCoordinator(seeded.dataDir);
  bench.onEnd(() => coordinator.end());
  const agents = await startAgents(coordinator, { ...seeded, heartbeatMs: HEARTBEAT_MS, runMs: 0 });
  bench.onEnd(() => agents.end());
  const api = createApi({ ...coordinator, ...seeded });

  const before = await coordinator.ask<Usage>('settledUsage');
  await sleep(HEARTBEAT_MS);
  const cpuMs = (await coordinator.ask<Usage>('usage')).cpuMs - before.cpuMs;
  // Not before, since the watch itself takes CPU time.
  await coordinator.ask('watchStalls');
  await sleep(HEARTBEAT_MS);
  const stallMs = await coordinator.ask<number>('longestStallMs');
  const dispatches = await latency(DISPATCHES, (index) =>
    api.post('/api/dispatch', { op: 'check-version', hosts: [`host-${index}`] }),
  );
  const lists = await latency(LISTS, () => api.get('/api/hosts?limit=100'));
  await Promise.all([agents.end(), coordinator.end()]);
  return [
    count.toLocaleString('en-US'),
    rounded((cpuMs / HEARTBEAT_MS) * 100),
    rounded((cpuMs / count) * 1000),
    rounded(before.rssBytes / 1e6),
    rounded(stallMs),
    dispatches,
    lists,
  ];
}

await runProgram('growth-agents', async (bench) => {
  const lines: (string | number)[][] = [];
  for (const count of FLEETS) lines.push(await grownTo(bench, count));
  const columns = [
    'agents',
    'CPU, % of a core',
    'CPU a heartbeat, µs',
    'resident, MB',
    'longest stall, ms',
    'dispatch to one host, p50 / p99 ms',
    'list of 100 hosts, p50 / p99 ms',
  ];
  return { measured: [], tables: [{ title: 'Agents, a heartbeat of each every 5 s', columns, lines }] };
});
