/** One dispatch to 5,000 hosts, until every command is durable and has reached its agent. */
import { createApi, whenIdle } from './api.ts';
import { rounded } from './figures.ts';
import { runProgram } from './program.ts';
import { median, type Round } from './result.ts';
import { seedHosts } from './seed.ts';
import { startSides } from './sides.ts';

const HOSTS = 5_000;
const ROUNDS = 5;
const RUN_MS = 3_000;
/** The size of a fresh dispatch's stored command. */
const ROW_BYTES = 2_500;

await runProgram('fan-out', async (bench) => {
  const seeded = await seedHosts(bench.dir, HOSTS);
  const [ours, floor] = await startSides(bench, seeded, { heartbeatMs: 5_000, runMs: RUN_MS });
  const api = createApi({ address: ours.server.address, adminToken: seeded.adminToken });
  const answers: number[] = [];
  let dispatches = 0;

  async function dispatch(): Promise<number> {
    const allCame = ours.agents.ask<number>('runs', dispatches * HOSTS);
    const startedAt = Date.now();
    const answered = api.post('/api/dispatch', { op: 'check-version', tags: ['simulated'] }).then(() => Date.now());
    const [cameAt, answeredAt] = await Promise.all([allCame, answered]);
    answers.push(answeredAt - startedAt);
    return (cameAt - startedAt) / 1000;
  }

  async function floorDispatch(): Promise<number> {
    const allCame = floor.agents.ask<number>('runs', dispatches * HOSTS);
    const startedAt = Date.now();
    await floor.server.ask('fanOut', { rowBytes: ROW_BYTES });
    return ((await allCame) - startedAt) / 1000;
  }

  const rounds: Round[] = [];
  while (rounds.length < ROUNDS) {
    dispatches += 1;
    rounds.push({ ours: await dispatch(), floor: await floorDispatch() });
    await whenIdle(api);
  }
  return {
    measured: [
      {
        row: 'dispatch to 5,000 simulated hosts: all durable and sent',
        unit: 's',
        ours: 'from POST /api/dispatch until the last agent has its command.run; every agent beats and answers meanwhile',
        floor: `a bare ws server that writes a row of ${ROW_BYTES} bytes each in one durable transaction, then sends each agent its frame`,
        budget: { on: 'ours', atMost: 2 },
        rounds,
        notes: [`The dispatch was answered after ${rounded(median(answers) / 1000)} s (median).`],
      },
    ],
  };
});
