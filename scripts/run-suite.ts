/**
 * The process of one uvu suite: `node scripts/run-suite.ts FILE`, started by suite-process.ts.
 *
 * uvu by itself prints its results for people, and overwrites `process.exitCode` with them. Its own command line defers the
 * run and takes the results of each queued run as values; this file does the same and sends them to the parent.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What a suite's process sends: once when its tests are done, and again if something then keeps it alive. */
export type SuiteMessage =
  | { kind: 'done'; runs: number; total: number; passed: number; skipped: number; failures: string[] }
  | { kind: 'leak'; resources: string[] };

/** As uvu queues it: the failures as text (`true` if there are none), and how many passed, were skipped, and there are. */
type QueuedRun = () => Promise<[failures: string | true, passed: number, skipped: number, total: number]>;

/** How long a suite whose tests are done may need to wind down. */
const WIND_DOWN_MS = 2000;

function send(message: SuiteMessage): Promise<void> {
  return new Promise((done) => process.send?.(message, () => done()));
}

async function main(file: string): Promise<void> {
  // The pipes of stdout and stderr open on first use; they are no leak.
  const expected = new Set(['PipeWrap', ...process.getActiveResourcesInfo()]);
  const queue: QueuedRun[] = [];
  Object.assign(globalThis, { UVU_DEFER: 1, UVU_INDEX: 0, UVU_QUEUE: [queue] });
  await import(pathToFileURL(resolve(file)).href);

  const done = { kind: 'done' as const, runs: queue.length, total: 0, passed: 0, skipped: 0, failures: [] as string[] };
  for (const run of queue) {
    const [failures, passed, skipped, total] = await run();
    done.total += total;
    done.passed += passed;
    done.skipped += skipped;
    if (failures !== true) done.failures.push(failures);
  }
  await send(done);

  // Not referenced: it fires only where something else keeps the process alive.
  setTimeout(async () => {
    const resources = new Set(process.getActiveResourcesInfo()).difference(expected);
    await send({ kind: 'leak', resources: [...resources] });
    process.exit(1);
  }, WIND_DOWN_MS).unref();
}

const [file] = process.argv.splice(2);
if (import.meta.main && file) await main(file);
