/**
 * A process that runs uvu suites one after the other. suite-process.ts starts it and names each file once the previous one is
 * done.
 * uvu itself prints its results for people, and overwrites `process.exitCode` with them. Uvu's command line defers the run and
 * takes the results of each queued run as values; this file does the same and sends them to the parent.
 */
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { usePackedPackages } from './packed-packages.ts';
import { watchProcess } from './process-state.ts';
import { noteStartedPrograms } from './started-programs.ts';

export type SuiteResult = {
  runs: number;
  total: number;
  passed: number;
  skipped: number;
  failures: string[];
  /** The programs that it started. */
  started: string[];
  /** Its output until its tests were done. */
  output: string;
};

/** The next file, or none: the process should end. */
export type SuiteOrder = { file: string | null };

/**
 * A suite's process reports for each file, in order: that its tests are done; what it changed for later files, or what keeps the
 * process from ending, if anything; or that all is well and nothing of it is left.
 */
export type SuiteMessage =
  | ({ kind: 'done' } & SuiteResult)
  | { kind: 'changed'; what: string[] }
  | { kind: 'leak'; resources: string[] }
  | { kind: 'over' };

/** As uvu queues it: the failures as text (`true` if there are none), and the counts of passed, skipped and all tests. */
type QueuedRun = () => Promise<[failures: string | true, passed: number, skipped: number, total: number]>;

/** How long a suite may need to wind down after its tests. */
const WIND_DOWN_MS = 2000;
const LOOK_MS = 10;

function send(message: SuiteMessage): Promise<void> {
  return new Promise((done) => process.send?.(message, () => done()));
}

/** Collects everything written from now on, while still writing it: within one process only this shows whose it is. */
function gatherOutput(): () => string {
  let text = '';
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write;
    stream.write = function (this: unknown, chunk: string | Uint8Array, ...more: never[]) {
      text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return Reflect.apply(write, stream, [chunk, ...more]);
    } as typeof write;
  }
  return () => {
    const gathered = text;
    text = '';
    return gathered;
  };
}

async function runTests(file: string): Promise<Omit<SuiteResult, 'output' | 'started'>> {
  const queue: QueuedRun[] = [];
  Object.assign(globalThis, { UVU_DEFER: 1, UVU_INDEX: 0, UVU_QUEUE: [queue] });
  await import(pathToFileURL(resolve(file)).href);

  const done = { runs: queue.length, total: 0, passed: 0, skipped: 0, failures: [] as string[] };
  for (const run of queue) {
    const [failures, passed, skipped, total] = await run();
    done.total += total;
    done.passed += passed;
    done.skipped += skipped;
    if (failures !== true) done.failures.push(failures);
  }
  return done;
}

/** The parent's next order; none if the parent is gone. */
const nextFile = (): Promise<string | null> =>
  new Promise((resolve) => {
    const settle = (file: string | null) => {
      process.off('message', hear).off('disconnect', leave);
      resolve(file);
    };
    const hear = ({ file }: SuiteOrder) => settle(file);
    const leave = () => settle(null);
    process.once('message', hear).once('disconnect', leave);
  });

async function main(): Promise<void> {
  usePackedPackages();
  // The pipes of stdout and stderr open here; they are not a leak.
  const takeOutput = gatherOutput();
  const first = await nextFile();
  const expected = new Set(['PipeWrap', ...process.getActiveResourcesInfo()]);
  const left = () => [...new Set(process.getActiveResourcesInfo()).difference(expected)];
  const takeStarted = noteStartedPrograms();
  const changedSince = watchProcess();
  for (let file = first; file !== null; file = await nextFile()) {
    const result = await runTests(file);
    await send({ kind: 'done', ...result, started: takeStarted(), output: takeOutput() });
    // A failed suite may have left something for the next one, such as tests that it never ran.
    if (result.runs === 0 || result.passed < result.total) break;

    // Late events, such as a rejection, must come while this suite can still be blamed.
    const deadline = performance.now() + WIND_DOWN_MS;
    do await pause(0);
    while (left().length > 0 && performance.now() < deadline && (await pause(LOOK_MS, true)));
    if (left().length > 0 || process.exitCode) break;
    const what = changedSince();
    if (what.length > 0) {
      await send({ kind: 'changed', what });
      break;
    }
    await send({ kind: 'over' });
  }

  // Unreferenced: it fires only if something else keeps the process alive.
  setTimeout(async () => {
    await send({ kind: 'leak', resources: left() });
    process.exit(1);
  }, WIND_DOWN_MS).unref();
}

if (import.meta.main) await main();
