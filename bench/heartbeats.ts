/** Heartbeats handled per CPU second: agents send them as fast as they are taken. */
import { runProgram } from './program.ts';
import type { Round } from './result.ts';
import { seedHosts } from './seed.ts';
import { cpuMsOf, FLOOR, OURS, startSides } from './sides.ts';

const AGENTS = 1_000;
const BEATS = 20;
const ROUNDS = 7;

await runProgram('heartbeats', async (bench) => {
  const sides = await startSides(bench, await seedHosts(bench.dir, AGENTS), { heartbeatMs: 0 });

  let turn = 0;

  /** Each side goes first in every other round. */
  async function round(): Promise<Round> {
    const perCpuSecond = { ours: 0, floor: 0 };
    turn += 1;
    for (const side of turn % 2 === 0 ? sides : sides.toReversed()) {
      const cpuMs = await cpuMsOf(side, () => side.agents.ask('storm', BEATS));
      perCpuSecond[side.name] = (AGENTS * BEATS) / (cpuMs / 1000);
    }
    return perCpuSecond;
  }

  bench.say(`${AGENTS} agents on each side, ${AGENTS * BEATS} heartbeats a round`);
  await round();
  const rounds: Round[] = [];
  while (rounds.length < ROUNDS) rounds.push(await round());
  return {
    measured: [
      {
        row: 'heartbeats handled per CPU second',
        unit: 'per CPU s',
        ours: OURS,
        floor: FLOOR,
        budget: { on: 'ratio', atLeast: 0.6 },
        rounds,
        notes: [
          `${AGENTS} agents, each sends ${BEATS} heartbeats a round, one at a time; a round before these warmed both sides up. The sides take turns in going first.`,
          'CPU time is that of the whole server process, from the first heartbeat until a frame after the last is answered.',
        ],
      },
    ],
  };
});
