/** The memory cost of a large output with one very long line. */
import { join } from 'node:path';
import { writeBuildLog } from './build-log.ts';
import { type Bench, runProgram } from './program.ts';
import type { Round } from './result.ts';
import { FLOOR, OURS, startFloor, startOurs, type Transfer } from './transfer.ts';
import { growthWhile } from './usage.ts';

const MB = 1_000_000;
const ROUNDS = 5;

/** In processes that are new each time, so that no earlier output is in their memory. */
async function grown(start: (bench: Bench) => Promise<Transfer>, bench: Bench, path: string): Promise<number[]> {
  const { senderPid, receiverPid, send, end } = await start(bench);
  const growth = await growthWhile([senderPid, receiverPid], () => send(path));
  await end();
  return growth;
}

await runProgram('big-output', async (bench) => {
  const path = join(bench.dir, 'big.log');
  await writeBuildLog(path, 100 * MB, 10 * MB);
  const rounds: Record<'agent' | 'coordinator', Round[]> = { agent: [], coordinator: [] };
  while (rounds.agent.length < ROUNDS) {
    const [agent = 0, coordinator = 0] = await grown(startOurs, bench, path);
    const [sender = 0, receiver = 0] = await grown(startFloor, bench, path);
    rounds.agent.push({ ours: agent, floor: sender });
    rounds.coordinator.push({ ours: coordinator, floor: receiver });
  }
  return {
    measured: (['agent', 'coordinator'] as const).map((part) => ({
      row: 'output of 100 MB with a 10 MB line',
      part: `growth of the ${part}`,
      unit: 'MB',
      ours: OURS,
      floor: FLOOR,
      budget: { on: 'ours', atMost: 100 },
      rounds: rounds[part],
      notes: ['Peak of the resident memory (VmHWM) while the output was on its way, above what was resident before.'],
    })),
  };
});
