/**
 * Runs uvu suites: `node scripts/run-tests.ts [--jobs N] [--limit SECONDS] [--default PATTERN] PATTERN...`
 * The default pattern applies to a run without patterns.
 * Unit suites share a few processes, one after the other, because loading the code is most of their cost. There is one process more
 * than cores, since some suites wait. A suite that can't share has a line `// own process: WHY`. Suites that start programs, and
 * those of the whole system (under tests/), come last, each in its own process, five at a time, because they mostly wait. One that
 * measures has a line `// alone: WHY` and gets the machine to itself.
 * Ends with the time of each suite, slowest first, and one plain line, `N passed, N failed[, N skipped]`; exit status 1 if anything
 * failed.
 */
import { globSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { buildApart } from './built-programs.ts';
import { packPackages } from './packed-packages.ts';
import { createRunFolder } from './run-folder.ts';
import { isOfSystem, runSuiteProcess, type SuiteOutcome, startsPrograms } from './suite-process.ts';
import { keepSuiteTimes, longestFirst, readSuiteTimes } from './suite-times.ts';

const UNIT_LIMIT_S = 120;
const SYSTEM_LIMIT_S = 600;
/** For the two cores of CI: suites that start programs use a third of a core each. */
const WAITING_LANES = 5;

/** The slowest suites to list at the end: faster or further ones are not worth a line. */
const SLOW_MS = 1_000;
const MOST_SLOW = 25;

const ALONE = /^\/\/ alone: ./m;
const OWN_PROCESS = /^\/\/ own process: ./m;

/** A suite's measurement, on its own line; uvu may have put the previous test's dot into it. */
const FIGURE = /^(?:[•\s]*)# (?!skip: )(.+)$/gm;

type Options = { jobs: number; limitS: number | undefined; patterns: string[] };

function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { default: { type: 'string' }, jobs: { type: 'string' }, limit: { type: 'string' } },
  });
  return {
    jobs: positive('--jobs', values.jobs) ?? availableParallelism() + 1,
    limitS: positive('--limit', values.limit),
    patterns: positionals.length === 0 && values.default ? [values.default] : positionals,
  };
}

function positive(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!(number > 0)) throw new Error(`${name} takes a number above 0, not '${value}'`);
  return number;
}

/** `work` over all items, at most `jobs` at a time; it may take more of them itself. */
async function inParallel<Item>(
  items: Item[],
  jobs: number,
  work: (item: Item, more: Iterator<Item, undefined>) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) await work(item, waiting);
  };
  await Promise.all(Array.from({ length: Math.min(jobs, items.length) }, worker));
}

/** The matching items, and the others. */
function split(files: string[], fits: (file: string) => boolean): [string[], string[]] {
  return [files.filter(fits), files.filter((file) => !fits(file))];
}

const timeOf = ({ file, ms }: SuiteOutcome): string => `${(ms / 1000).toFixed(1).padStart(7)}  ${file}`;

function print(outcome: SuiteOutcome): void {
  const { file, passed, failed, skipped, failures, faults, output } = outcome;
  const counts = [`${passed} passed`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`];
  console.log(
    `${failed > 0 ? 'FAIL' : 'ok  '}  ${file}  ${counts.filter(Boolean).join(', ')}  ${Math.round(outcome.ms)} ms`,
  );
  if (failed === 0) {
    for (const [, figure] of output.matchAll(FIGURE)) console.log(`      ${figure}`);
    return;
  }
  for (const fault of faults) console.log(`\n  FAIL  ${file} ${fault}`);
  for (const failure of failures) console.log(`\n${failure.trimEnd()}`);
  if (output.trim()) console.log(`\n  It wrote:\n${output.trimEnd().replace(/^/gm, '    ')}`);
  console.log('');
}

/** Runs everything and prints as it goes; resolves to the exit status. */
async function main(args: string[]): Promise<number> {
  const { jobs, limitS, patterns } = readOptions(args);
  const outcomes: SuiteOutcome[] = [];
  let unmatched = 0;
  const files = new Set<string>();
  for (const pattern of patterns) {
    const matches = globSync(pattern, { exclude: ['**/node_modules/**'] });
    for (const file of matches) files.add(file);
    if (matches.length > 0) continue;
    unmatched += 1;
    console.log(`FAIL  no file matches ${pattern}`);
  }

  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
  const tell = (outcome: SuiteOutcome) => {
    outcomes.push(outcome);
    print(outcome);
  };
  const { signal } = interrupt;
  const run = async (first: string, next: (() => string | undefined) | null, limit: number, tmpDir?: string) => {
    if (signal.aborted) return;
    await runSuiteProcess(first, next, { limitMs: (limitS ?? limit) * 1000, signal, tmpDir, tell });
  };
  const says = (line: RegExp) => (file: string) => line.test(readFileSync(file, 'utf8'));
  const [starting, pure] = split(longestFirst([...files].sort(), readSuiteTimes()), startsPrograms);
  const [own, sharing] = split(pure, says(OWN_PROCESS));
  const [alone, waiting] = split(starting, says(ALONE));
  await packPackages();
  // Suites that begin at the same time would each build them.
  const built = waiting.some(isOfSystem) ? buildApart(signal) : null;
  const folder = createRunFolder();
  try {
    await inParallel(sharing, jobs, (file, more) => run(file, () => more.next().value, UNIT_LIMIT_S, folder));
    await inParallel(own, jobs, (file) => run(file, null, UNIT_LIMIT_S, folder));
    await built;
    await inParallel(waiting, WAITING_LANES, (file) =>
      isOfSystem(file) ? run(file, null, SYSTEM_LIMIT_S) : run(file, null, UNIT_LIMIT_S, folder),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
  await inParallel(alone, 1, (file) => run(file, null, SYSTEM_LIMIT_S));

  keepSuiteTimes(Object.fromEntries(outcomes.map(({ file, ms }) => [file, Math.round(ms)])));

  const bySlowness = outcomes.filter(({ ms }) => ms >= SLOW_MS).sort((one, other) => other.ms - one.ms);
  const slow = bySlowness.slice(0, MOST_SLOW);
  if (slow.length > 0) console.log(`\nslowest first, in seconds:\n${slow.map(timeOf).join('\n')}\n`);
  for (const { file, skipReasons } of outcomes)
    for (const reason of skipReasons) console.log(`skipped in ${file}: ${reason}`);
  if (interrupt.signal.aborted) console.log('FAIL  interrupted');
  const sum = (count: (outcome: SuiteOutcome) => number) =>
    outcomes.reduce((total, outcome) => total + count(outcome), 0);
  const passed = sum((outcome) => outcome.passed);
  const skipped = sum((outcome) => outcome.skipped);
  const failed = sum((outcome) => outcome.failed) + unmatched + (interrupt.signal.aborted ? 1 : 0);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed > 0 || outcomes.length === 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
