import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { killGroup, killTree } from './process-tree.ts';
import type { SuiteMessage } from './run-suite.ts';

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

/** Runs one suite file in a process group of its own, which is gone when this resolves. Never rejects. */
export async function runSuiteProcess(file: string, { limitMs, signal }: SuiteOptions): Promise<SuiteOutcome> {
  const startedAt = performance.now();
  const suite = fork(RUN_SUITE, [file], {
    detached: true,
    // Plain text always: the same output on a terminal, in a file and in CI.
    env: { NODE_COMPILE_CACHE: COMPILED, ...process.env, FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const messages: SuiteMessage[] = [];
  let output = '';
  let timedOut = false;
  suite.on('message', (message: SuiteMessage) => messages.push(message));
  for (const stream of [suite.stdout, suite.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });

  const kill = () => void (suite.pid && killTree(suite.pid));
  const limit = setTimeout(() => {
    timedOut = true;
    kill();
  }, limitMs);
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

  const done = messages.find((message) => message.kind === 'done');
  const leak = messages.find((message) => message.kind === 'leak');
  const skipReasons = [...output.matchAll(/# skip: (.+)/g)].map(([, reason]) => String(reason).trim());
  const faults = timedOut
    ? [`was killed: still running after ${limitMs / 1000} s`]
    : faultsOf({ exit, done, leak, skipReasons });
  const { total = 0, passed = 0, skipped = 0, failures = [] } = done ?? {};
  const failed = total - passed + faults.length;
  return { file, passed, failed, skipped, skipReasons, failures, faults, output, ms: performance.now() - startedAt };
}

type Ended = {
  exit: Exit;
  done: Extract<SuiteMessage, { kind: 'done' }> | undefined;
  leak: Extract<SuiteMessage, { kind: 'leak' }> | undefined;
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
  if (leak)
    faults.push(`does not end after its tests: something is left open (${leak.resources.join(', ') || 'unknown'})`);
  else if (exit.code !== 0) faults.push(`ended ${how} after its tests`);
  return faults;
}
