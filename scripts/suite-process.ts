import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SOURCES_KEY, sourcesKey } from './built-programs.ts';
import { killGroup, killTree } from './process-tree.ts';
import type { SuiteMessage, SuiteOrder, SuiteResult } from './run-suite.ts';

export type SuiteOutcome = {
  file: string;
  passed: number;
  /** Tests that failed or never ran, and one for each fault. */
  failed: number;
  skipped: number;
  /** The reasons in the suite's `# skip: REASON` lines. */
  skipReasons: string[];
  /** Text of each failing test: title, difference, stack. */
  failures: string[];
  /** Faults of the suite itself, even if its tests passed. */
  faults: string[];
  /** Everything that it wrote on stdout and stderr. */
  output: string;
  ms: number;
};

export type SuiteOptions = {
  /** Each file's. */
  limitMs: number;
  signal: AbortSignal;
  /** The folder for its temporary files; the machine's own by default. */
  tmpDir?: string | undefined;
  /** Called with the outcome of each file that was begun, as it comes. */
  tell: (outcome: SuiteOutcome) => void;
};

type Exit = { code: number | null; signal: NodeJS.Signals | null };

const RUN_SUITE = fileURLToPath(new URL('run-suite.ts', import.meta.url));

/** Types are stripped and code compiled once, not again by each suite: a third of a run's cost. */
const COMPILED = fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url));

/** Whether a suite is one of the whole system. */
export const isOfSystem = (file: string): boolean => file.startsWith('tests/');

/** Whether a suite may start programs; `npm run check` leaves out unit suites with this name. */
export const startsPrograms = (file: string): boolean => isOfSystem(file) || file.includes('.process.');

/** Made once, so that all suites of a run start programs of the same sources. */
let key: string | null = null;
const sourcesKeyOnce = (): string => {
  key ??= sourcesKey();
  return key;
};

/** How long the pipes of an ended suite may stay open, held by a process that left its group. */
const PIPES_MS = 1000;

/** The results of one file so far. */
type Told = {
  file: string;
  startedAt: number;
  done: SuiteResult | null;
  leak: string[] | null;
  changed: string[];
};

/**
 * Runs suite files one after the other in one process, in its own group, which is gone when this resolves: the first file, and
 * every one that `next` gives. A failed file ends the process. Without `next` the file may do anything to its process. Never
 * rejects.
 */
export async function runSuiteProcess(
  first: string,
  next: (() => string | undefined) | null,
  { limitMs, signal, tmpDir, tell }: SuiteOptions,
): Promise<void> {
  const suite = fork(RUN_SUITE, [], {
    detached: true,
    // Always plain text: the same output on a terminal, in a file and in CI.
    env: {
      NODE_COMPILE_CACHE: COMPILED,
      ...process.env,
      ...(startsPrograms(first) && { [SOURCES_KEY]: sourcesKeyOnce() }),
      ...(tmpDir && { TMPDIR: tmpDir }),
      FORCE_COLOR: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let current = null as Told | null;
  let output = '';
  let timedOut = false;
  let limit: NodeJS.Timeout | undefined;
  const kill = () => void (suite.pid && killTree(suite.pid));
  /** A failed order shows as the end of the process. */
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
    // Output after its tests, or before it died, can't be distinguished from others' output.
    const own = done?.output ?? output;
    const skipReasons = [...own.matchAll(/# skip: (.+)/g)].map(([, reason]) => String(reason).trim());
    const faults = timedOut
      ? [`was killed: still running after ${limitMs / 1000} s`]
      : faultsOf({ file, exit, done, leak, changed, skipReasons });
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
      // The last file ends with the process.
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
  file: string;
  exit: Exit;
  done: SuiteResult | null;
  leak: string[] | null;
  changed: string[];
  skipReasons: string[];
};

/** The ways in which uvu would let a broken suite pass. */
function faultsOf({ file, exit, done, leak, changed, skipReasons }: Ended): string[] {
  const how = exit.signal ? `by ${exit.signal}` : `with status ${exit.code}`;
  if (!done) return [`ended ${how} before its tests were done`];
  if (done.runs === 0) return ['never calls test.run(): none of its tests ran'];
  const faults: string[] = [];
  if (done.total + done.skipped === 0) faults.push('has no tests');
  if (done.passed < done.total && done.failures.length === 0)
    faults.push('has a hook that failed (uvu drops its error): not all of its tests ran');
  if (done.skipped > 0 && skipReasons.length === 0)
    faults.push(`skips ${done.skipped} without a reason: print a line "# skip: REASON"`);
  if (done.started.length > 0 && !startsPrograms(file))
    faults.push(`starts programs (${done.started.join(', ')}): name it NAME.process.test.ts`);
  if (changed.length > 0) faults.push(`leaves its process changed: ${changed.join(', ')}`);
  if (leak) faults.push(`does not end after its tests: something is left open (${leak.join(', ') || 'unknown'})`);
  else if (exit.code !== 0) faults.push(`ended ${how} after its tests`);
  return faults;
}
