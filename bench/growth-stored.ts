/** How cost grows with stored data, and the cost of deleting what has passed its time. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Api, createApi } from './api.ts';
import type { Child } from './child.ts';
import { rounded } from './figures.ts';
import { latency, spanText, timesOf } from './latency.ts';
import { type Bench, runProgram } from './program.ts';
import { type Seeded, seedHosts } from './seed.ts';
import { startAgents, startCoordinator } from './server.ts';
import { storeEndedCommands } from './stored-commands.ts';

const STORED = [1_000, 10_000, 100_000];
const HOSTS = 500;
const HEARTBEAT_MS = 5_000;
const DAY_MS = 24 * 3_600_000;
/** Events of this age are kept by default; the deletion uses a shorter time, so that a part of the last store is older. */
const OLDEST_DAYS = 4.25;
const KEPT_DAYS = 4;
/** Commands of that age have an output: all that is deleted, and a little more, because time goes on. */
const OUTPUT_DAYS = 3.95;
const CALLS = 50;
const DISPATCHES = 30;

type Running = { api: Api; coordinator: Child; end(): Promise<void> };

async function start(bench: Bench, seeded: Seeded, config?: string): Promise<Running> {
  const coordinator = await startCoordinator(seeded.dataDir, config === undefined ? {} : { config });
  bench.onEnd(() => coordinator.end());
  const agents = await startAgents(coordinator, { ...seeded, heartbeatMs: HEARTBEAT_MS, runMs: 0 });
  bench.onEnd(() => agents.end());
  const end = async () => void (await Promise.all([agents.end(), coordinator.end()]));
  return { api: createApi({ ...coordinator, ...seeded }), coordinator, end };
}

/** To one host after another, so that each is free before its next command. */
function dispatcher(api: Api): () => Promise<unknown> {
  let index = 0;
  return () => api.post('/api/dispatch', { op: 'check-version', hosts: [`host-${index++ % HOSTS}`] });
}

async function latencies(bench: Bench, stored: number, seeded: Seeded): Promise<(string | number)[]> {
  const { api, coordinator, end } = await start(bench, seeded);
  const { items } = await api.get<{ items: { id: string; hostId: string }[] }>('/api/commands?limit=100');
  const some = (index: number) => items[index % items.length] ?? { id: '', hostId: '' };
  const line = [
    stored.toLocaleString('en-US'),
    rounded(coordinator.startMs),
    await latency(CALLS, () => api.get('/api/commands?limit=100')),
    await latency(CALLS, (index) => api.get(`/api/commands?limit=100&status=SUCCESS&host=${some(index).hostId}`)),
    await latency(CALLS, (index) => api.get(`/api/commands/${some(index).id}`)),
    await latency(CALLS, (index) => api.get(`/api/events?limit=100&host=${some(index).hostId}`)),
    await latency(DISPATCHES, dispatcher(api)),
  ];
  await end();
  return line;
}

/** Rows that the retention deletes while hosts beat and commands are dispatched; events go last. */
async function whileDeleting(bench: Bench, seeded: Seeded): Promise<(string | number)[]> {
  const config = join(bench.dir, 'config.toml');
  await writeFile(
    config,
    `[retention]\ncommandDays = ${KEPT_DAYS}\neventDays = ${KEPT_DAYS}\nauditDays = ${KEPT_DAYS}\n`,
  );
  const { api, coordinator, end } = await start(bench, seeded, config);
  await coordinator.ask('watchStalls');
  const startedAt = performance.now();
  const oldest = async () => (await api.get<{ items: { at: number }[] }>('/api/events?limit=1')).items[0]?.at ?? 0;
  const dispatches: number[] = [];
  const dispatch = dispatcher(api);
  while ((await oldest()) < Date.now() - KEPT_DAYS * DAY_MS) dispatches.push(...(await timesOf(DISPATCHES, dispatch)));
  const seconds = (performance.now() - startedAt) / 1000;
  const stallMs = await coordinator.ask<number>('longestStallMs');
  await end();
  return [rounded(seconds), rounded(stallMs), dispatches.length, dispatches.length > 0 ? spanText(dispatches) : 'none'];
}

await runProgram('growth-stored', async (bench) => {
  const lines: (string | number)[][] = [];
  let last: Seeded | null = null;
  for (const stored of STORED) {
    const now = Date.now();
    const times = { oldestAt: now - OLDEST_DAYS * DAY_MS, outputUntil: now - OUTPUT_DAYS * DAY_MS };
    last = await seedHosts(join(bench.dir, String(stored)), HOSTS, ({ store, hostIds, dataDir }) =>
      storeEndedCommands(store, { hostIds, count: stored, ...times, outputDir: join(dataDir, 'output') }),
    );
    lines.push(await latencies(bench, stored, last));
  }
  const stored = {
    title: `Stored commands, of ${HOSTS} hosts that are connected (calls: p50 / p99 ms)`,
    columns: [
      'commands',
      'start, ms',
      'newest 100',
      'of a host and status',
      'one with history',
      'events of a host',
      'dispatch',
    ],
    lines,
  };
  const part = Math.round((1 - KEPT_DAYS / OLDEST_DAYS) * 100);
  const deleted = {
    title: `Deleting the oldest ${part} % of the last of these with their output, while the coordinator goes on`,
    columns: ['seconds', 'longest stall, ms', 'dispatches meanwhile', 'dispatch, p50 / p99 ms'],
    lines: last ? [await whileDeleting(bench, last)] : [],
  };
  return { measured: [], tables: [stored, deleted] };
});
