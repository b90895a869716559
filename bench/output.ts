/** A command's output on its way from the host's disk to the coordinator's. */
import { join } from 'node:path';
import { writeBuildLog } from './build-log.ts';
import { rounded } from './figures.ts';
import { type Bench, runProgram, type Table } from './program.ts';
import { median, type Round } from './result.ts';
import { FLOOR, OURS, startFloor, startOurs, type Transfer } from './transfer.ts';
import { growthWhile } from './usage.ts';

const MB = 1_000_000;
const ROUND_MB = 50;
const ROUNDS = 7;
const GROWTH_MB = [1, 10, 100];
const RUNS = 3;

async function logOf(bench: Bench, megabytes: number): Promise<string> {
  const path = join(bench.dir, `${megabytes}-mb.log`);
  await writeBuildLog(path, megabytes * MB);
  return path;
}

const throughput = (megabytes: number, ms: number): number => megabytes / (ms / 1000);

/** How the cost grows with the output, of both sides. */
async function growthTable(bench: Bench, ours: Transfer, floor: Transfer): Promise<Table> {
  const lines: (string | number)[][] = [];
  for (const megabytes of GROWTH_MB) {
    const path = await logOf(bench, megabytes);
    const cells: string[] = [];
    for (const { send, senderPid, receiverPid } of [ours, floor]) {
      const times: number[] = [];
      const growth = await growthWhile([senderPid, receiverPid], async () => {
        while (times.length < RUNS) times.push(await send(path));
      });
      cells.push(
        rounded(median(times)),
        rounded(throughput(megabytes, median(times))),
        growth.map(rounded).join(' / '),
      );
    }
    lines.push([megabytes, ...cells]);
  }
  const columns = ['ms', 'MB/s', 'grown by, MB: sender / receiver'];
  return {
    title: `Output, spool file to durable (median of ${RUNS})`,
    columns: ['MB', ...columns.map((column) => `ours: ${column}`), ...columns.map((column) => `floor: ${column}`)],
    lines,
  };
}

await runProgram('output', async (bench) => {
  const ours = await startOurs(bench);
  const floor = await startFloor(bench);
  const path = await logOf(bench, ROUND_MB);
  for (const { send } of [ours, floor]) await send(path);
  const rounds: Round[] = [];
  while (rounds.length < ROUNDS)
    rounds.push({
      ours: throughput(ROUND_MB, await ours.send(path)),
      floor: throughput(ROUND_MB, await floor.send(path)),
    });
  return {
    measured: [
      {
        row: 'output, spool file to durable on the coordinator',
        unit: 'MB/s',
        ours: OURS,
        floor: FLOOR,
        budget: { on: 'ratio', atLeast: 0.5 },
        rounds,
        inTheWay:
          'by a profile of both, collecting garbage takes a third of the agent and two fifths of the coordinator: the memory of frames lies outside the heap, and V8 looks through the whole heap for every 10 to 30 MB of it. Writing to the socket takes a seventh of the agent, masking a ninth; writing to the file takes a ninth of the coordinator. The syncs run beside it.',
        notes: [
          `${ROUND_MB} MB a round, after one that warmed both sides up.`,
          'Ours: a command prints the file while the agent is stopped; the time begins when the agent goes on.',
        ],
      },
    ],
    tables: [await growthTable(bench, ours, floor)],
  };
});
