import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { killGroup, killTree } from './process-tree.ts';
import type { SuiteMessage, SuiteResult } from './run-suite.ts';

export type SuiteOutcome = {
  file: string;
  passed: number;
  /** Tests that failed or never ran, and one for each fault. */
  failed: number;
  skipped: number;
  /** What the suite said in `# skip: REASON` lines. */
  skipReasons: string[];
  /** Text of each failing test: title, difference, stack. */
  failures: string[];
  /** What is wrong with the suite itself, though its tests may have passed. */
  faults: string[];
  /** All that it wrote on stdout and stderr. */
  output: string;
  ms: number;
};

export type SuiteOptions = { limitMs: number; signal: AbortSignal };

type Exit = { code: number | null; signal: NodeJS.Signals | null };

const RUN_SUITE = fileURLToPath(new URL('run-suite.ts', import.meta.url));

/** Types stripped and code compiled once, not by each suite again: a third of what a run costs. */
const COMPILED = fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url));

/** How long the pipes of a suite that has ended may stay open, held by a process that left its group. */
const PIPES_MS = 1000;

/** What has come of one file so far. */
type Told = {
  file: string;
  startedAt: number;
  endedAt: number | null;
  done: SuiteResult | null;
  leak: string[] | null;
  over: boolean;
};

/**
 * Runs suite files, one after the other, in one process in a group of its own, which is gone when this resolves. Resolves to the outcome
 * of each file that was begun: all, unless one of them ended the process. Never rejects. The limit is each file's.
 */
export async function runSuiteProcess(files: string[], { limitMs, signal }: SuiteOptions): Promise<SuiteOutcome[]> {
  const suite = fork(RUN_SUITE, files, {
    detached: true,
    // Plain text always: the same output on a terminal, in a file and in CI.
    env: { NODE_COMPILE_CACHE: COMPILED, ...process.env, FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const begin = (file: string): Told => ({
    ...{ file, startedAt: performance.now(), endedAt: null, done: null, leak: null, over: false },
  });
  // What goes wrong before it says anything is the first one's.
  const told: Told[] = [begin(files[0] ?? '')];
  let output = '';
  let timedOut = false;
  const kill = () => void (suite.pid && killTree(suite.pid));
  const startLimit = () =>
    setTimeout(() => {
      timedOut = true;
      kill();
    }, limitMs);
  let limit = startLimit();

  suite.on('message', (message: SuiteMessage) => {
    const current = told.at(-1);
    if (!current) return;
    if (message.kind === 'begin') {
      clearTimeout(limit);
      limit = startLimit();
      if (current.over) told.push(begin(message.file));
    } else if (message.kind === 'done') current.done = message;
    else if (message.kind === 'leak') current.leak = message.resources;
    else {
      current.over = true;
      current.endedAt = performance.now();
    }
  });
  for (const stream of [suite.stdout, suite.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  signal.addEventListener('abort', kill);

  const exit = await new Promise<Exit>((resolve) => {
    suite.on('error', (error) => {
      output += `${error.message}\n`;
    });
    suite.on('exit', (code, signalled) => {
      const ended = { code, signal: signalled };
      if (suite.pid) killGroup(suite.pid);
      suite.on('close', () => resolve(ended));
      setTimeout(() => {
        suite.stdout?.destroy();
        suite.stderr?.destroy();
        resolve(ended);
      }, PIPES_MS).unref();
    });
  });
  clearTimeout(limit);
  signal.removeEventListener('abort', kill);

  return told.map(({ file, startedAt, endedAt, done, leak, over }) => {
    // What it wrote after its tests, or before it died, can't be told from what others wrote.
    const own = over && done ? done.output : output;
    const skipReasons = [...(done?.output ?? output).matchAll(/# skip: (.+)/g)].map(([, reason]) =>
      String(reason).trim(),
    );
    const ended = over ? { code: 0, signal: null } : exit;
    const faults =
      timedOut && !over
        ? [`was killed: still running after ${limitMs / 1000} s`]
        : faultsOf({ exit: ended, done, leak, skipReasons });
    const { total = 0, passed = 0, skipped = 0, failures = [] } = done ?? {};
    const failed = total - passed + faults.length;
    const ms = (endedAt ?? performance.now()) - startedAt;
    return { file, passed, failed, skipped, skipReasons, failures, faults, output: own, ms };
  });
}

type Ended = {
  exit: Exit;
  done: SuiteResult | null;
  leak: string[] | null;
  skipReasons: string[];
};

/** The ways in which uvu would let a broken suite pass. */
function faultsOf({ exit, done, leak, skipReasons }: Ended): string[] {
  const how = exit.signal ? `by ${exit.signal}` : `with status ${exit.code}`;
  if (!done) return [`ended ${how} before its tests were done`];
  if (done.runs === 0) return ['never calls test.run(): none of its tests ran'];
  const faults: string[] = [];
  if (done.total + done.skipped === 0) faults.push('has no tests');
  if (done.passed < done.total && done.failures.length === 0)
    faults.push('has a hook that failed (uvu drops its error): not all of its tests ran');
  if (done.skipped > 0 && skipReasons.length === 0)
    faults.push(`skips ${done.skipped} without a reason: print a line "# skip: REASON"`);
  if (leak) faults.push(`does not end after its tests: something is left open (${leak.join(', ') || 'unknown'})`);
  else if (exit.code !== 0) faults.push(`ended ${how} after its tests`);
  return faults;
}
