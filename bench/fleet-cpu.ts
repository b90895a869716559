/** CPU of an idle fleet of 10,000: a heartbeat of each agent every 10 s, and the protocol's pings. */
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from './program.ts';
import type { Round } from './result.ts';
import { seedHosts } from './seed.ts';
import { cpuMsOf, FLOOR, OURS, startSides } from './sides.ts';

const AGENTS = 10_000;
const HEARTBEAT_MS = 10_000;
/** A whole minute, because each host's last known state is written once per minute. */
const ROUNDS = 6;

await runProgram('fleet-cpu', async (bench) => {
  const sides = await startSides(bench, await seedHosts(bench.dir, AGENTS), { heartbeatMs: HEARTBEAT_MS });
  bench.say(`${AGENTS} agents are connected to each side`);

  /** Both at once, so that other load falls on both. */
  async function round(): Promise<Round> {
    const elapsed = sleep(HEARTBEAT_MS);
    const [ours, floor] = await Promise.all(sides.map((side) => cpuMsOf(side, () => elapsed)));
    return { ours: share(ours), floor: share(floor) };
  }
  const share = (cpuMs = Number.NaN) => (cpuMs / HEARTBEAT_MS) * 100;

  await round();
  const rounds: Round[] = [];
  while (rounds.length < ROUNDS) rounds.push(await round());
  return {
    measured: [
      {
        row: 'CPU with 10,000 agents, a heartbeat every 10 s',
        unit: '% of a core',
        ours: OURS,
        floor: FLOOR,
        budget: { on: 'ratio', atMost: 1.5 },
        rounds,
        middle: 'mean',
        inTheWay:
          "by a profile, the comparison of each heartbeat with its host's held report takes about as long as the floor's JSON.parse; above the floor are the look-ups of its session and its host, and the write of what is last known of each host, once a minute.",
        notes: [
          `The mean of the ${ROUNDS} rounds decides, a whole minute, since what is known of each host is written once in each.`,
          'A round is 10 s, in which each agent beats once; both sides are measured at the same time.',
          'Agents ping after 10 s without an inbound frame, as docs/protocol.md section 2 asks of them, on both sides.',
        ],
      },
    ],
  };
});
