/** Memory of a connected, idle agent. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Usage } from './probe.ts';
import { type Bench, runProgram } from './program.ts';
import type { Round } from './result.ts';
import { type Seeded, seedHosts } from './seed.ts';
import { startAgents, startCoordinator, startFloor } from './server.ts';
import { FLOOR, OURS } from './sides.ts';

/** These warm the server up: one-time compilation and opening belong to no agent. */
const FIRST = 200;
/** Until the server has seen that those are gone. */
const SEEN_GONE_MS = 500;
const AGENTS = 3_200;
const ROUNDS = 5;
/** Each has sent its hello, and heartbeats after it. */
const BEATS = 2;

type Grown = { rss: number; held: number };

/** For a server that is new each time and has not seen its hosts before: growth per agent, in kB. */
async function growth(bench: Bench, side: 'ours' | 'floor', { dataDir, tokensFile }: Seeded): Promise<Grown> {
  const server = await (side === 'ours' ? startCoordinator(dataDir) : startFloor(bench.dir));
  bench.onEnd(() => server.end());
  const connect = async (agents: number): Promise<() => Promise<void>> => {
    const simulator = await startAgents(server, { tokensFile, agents, heartbeatMs: 0 });
    bench.onEnd(() => simulator.end());
    await simulator.ask('storm', BEATS);
    return () => simulator.end();
  };
  const endFirst = await connect(FIRST);
  await endFirst();
  await sleep(SEEN_GONE_MS);
  const before = await server.ask<Usage>('settledUsage');
  const endAll = await connect(AGENTS);
  const after = await server.ask<Usage>('settledUsage');
  await endAll();
  await server.end();
  const perAgent = (bytes: number) => bytes / AGENTS / 1000;
  return {
    rss: perAgent(after.rssBytes - before.rssBytes),
    held: perAgent(after.heldBytes - before.heldBytes),
  };
}

await runProgram('agent-memory', async (bench) => {
  const rss: Round[] = [];
  const held: Round[] = [];
  while (rss.length < ROUNDS) {
    const seeded = await seedHosts(await mkdtemp(join(bench.dir, 'round-')), AGENTS);
    const ours = await growth(bench, 'ours', seeded);
    const floor = await growth(bench, 'floor', seeded);
    rss.push({ ours: ours.rss, floor: floor.rss });
    held.push({ ours: ours.held, floor: floor.held });
  }
  const row = 'memory per idle agent';
  const sides = { unit: 'kB', ours: OURS, floor: FLOOR };
  const budget = { on: 'ratio', atMost: 2 } as const;
  return {
    measured: [
      {
        row,
        part: 'resident',
        budget,
        rounds: rss,
        ...sides,
        notes: [
          `Growth of a new server by ${AGENTS} agents that have said hello and ${BEATS} heartbeats, after garbage was collected.`,
        ],
      },
      {
        row,
        part: 'held by JavaScript',
        budget,
        rounds: held,
        ...sides,
        notes: ["V8's heap in use, and what it holds outside; the same rounds."],
      },
    ],
  };
});
