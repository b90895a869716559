import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { killGroup, killTree } from './process-tree.ts';
import type { SuiteMessage, SuiteOrder, SuiteResult } from './run-suite.ts';

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

export type SuiteOptions = {
  /** Each file's. */
  limitMs: number;
  signal: AbortSignal;
  /** Where its temporary files go; elsewhere than the machine's own where given. */
  tmpDir?: string | undefined;
  /** Called with the outcome of each file that was begun, as it comes. */
  tell: (outcome: SuiteOutcome) => void;
};

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
  done: SuiteResult | null;
  leak: string[] | null;
  changed: string[];
};

/**
 * Runs suite files, one after the other, in one process in a group of its own, which is gone when this resolves: the first, and all that
 * `next` gives, which is not asked again once a file has failed. Without it the first may do to its process what it likes. Never rejects.
 */
export async function runSuiteProcess(
  first: string,
  next: (() => string | undefined) | null,
  { limitMs, signal, tmpDir, tell }: SuiteOptions,
): Promise<void> {
  const suite = fork(RUN_SUITE, [], {
    detached: true,
    // Plain text always: the same output on a terminal, in a file and in CI.
    env: { NODE_COMPILE_CACHE: COMPILED, ...process.env, ...(tmpDir && { TMPDIR: tmpDir }), FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let current = null as Told | null;
  let output = '';
  let timedOut = false;
  let limit: NodeJS.Timeout | undefined;
  const kill = () => void (suite.pid && killTree(suite.pid));
  /** Whatever an order fails by comes as the end of the process. */
  const order = (file: string | null) => suite.send({ file } satisfies SuiteOrder, () => {});
  const begin = (file: string) => {
    clearTimeout(limit);
    current = { file, startedAt: performance.now(), done: null, leak: null, changed: [] };
    limit = setTimeout(() => {
      timedOut = true;
      kill();
    }, limitMs);
    order(file);
  };
  const conclude = ({ file, startedAt, done, leak, changed }: Told, exit: Exit) => {
    // What it wrote after its tests, or before it died, can't be told from what others wrote.
    const own = done?.output ?? output;
    const skipReasons = [...own.matchAll(/# skip: (.+)/g)].map(([, reason]) => String(reason).trim());
    const faults = timedOut
      ? [`was killed: still running after ${limitMs / 1000} s`]
      : faultsOf({ exit, done, leak, changed, skipReasons });
    const { total = 0, passed = 0, skipped = 0, failures = [] } = done ?? {};
    const failed = total - passed + faults.length;
    const ms = performance.now() - startedAt;
    tell({ file, passed, failed, skipped, skipReasons, failures, faults, output: failed > 0 ? output : own, ms });
    output = '';
  };

  suite.on('message', (message: SuiteMessage) => {
    if (!current) return;
    if (message.kind === 'done') current.done = message;
    else if (message.kind === 'leak') current.leak = message.resources;
    else if (message.kind === 'changed') current.changed = next ? message.what : [];
    else {
      const file = signal.aborted ? undefined : next?.();
      // The last one's end is that of the process.
      if (file === undefined) order(null);
      else {
        conclude(current, { code: 0, signal: null });
        begin(file);
      }
    }
  });
  for (const stream of [suite.stdout, suite.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  signal.addEventListener('abort', kill);
  begin(first);

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
  if (current) conclude(current, exit);
}

type Ended = {
  exit: Exit;
  done: SuiteResult | null;
  leak: string[] | null;
  changed: string[];
  skipReasons: string[];
};

/** The ways in which uvu would let a broken suite pass. */
function faultsOf({ exit, done, leak, changed, skipReasons }: Ended): string[] {
  const how = exit.signal ? `by ${exit.signal}` : `with status ${exit.code}`;
  if (!done) return [`ended ${how} before its tests were done`];
  if (done.runs === 0) return ['never calls test.run(): none of its tests ran'];
  const faults: string[] = [];
  if (done.total + done.skipped === 0) faults.push('has no tests');
  if (done.passed < done.total && done.failures.length === 0)
    faults.push('has a hook that failed (uvu drops its error): not all of its tests ran');
  if (done.skipped > 0 && skipReasons.length === 0)
    faults.push(`skips ${done.skipped} without a reason: print a line "# skip: REASON"`);
  if (changed.length > 0) faults.push(`leaves its process changed: ${changed.join(', ')}`);
  if (leak) faults.push(`does not end after its tests: something is left open (${leak.join(', ') || 'unknown'})`);
  else if (exit.code !== 0) faults.push(`ended ${how} after its tests`);
  return faults;
}
