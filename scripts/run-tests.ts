/**
 * Runs uvu suites: `node scripts/run-tests.ts [--jobs N] [--limit SECONDS] PATTERN...`
 *
 * Each suite file has a process of its own. Whole-system suites (those under tests/) come last and one at a time, so that they
 * have the machine to themselves. Ends with one plain line, `N passed, N failed[, N skipped]`; exit status 1 if anything failed.
 */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runSuiteProcess, type SuiteOutcome } from './suite-process.ts';

const UNIT_LIMIT_S = 120;
const SYSTEM_LIMIT_S = 600;

/** What a suite has measured, in a line of its own; uvu may have put the dot of the test before into it. */
const FIGURE = /^(?:[•\s]*)# (?!skip: )(.+)$/gm;

type Options = { jobs: number; limitS: number | undefined; patterns: string[] };

function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { jobs: { type: 'string' }, limit: { type: 'string' } },
  });
  return {
    // One more than there are cores: many suites wait, most of their time, for processes that they started.
    jobs: positive('--jobs', values.jobs) ?? availableParallelism() + 1,
    limitS: positive('--limit', values.limit),
    patterns: positionals,
  };
}

function positive(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!(number > 0)) throw new Error(`${name} takes a number above 0, not '${value}'`);
  return number;
}

/** `work` over all items, at most `jobs` at a time. */
async function inParallel<Item>(items: Item[], jobs: number, work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(jobs, items.length) }, worker));
}

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

/** Runs everything, prints as it goes; resolves to the exit status. */
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
  const run = (limit: number) => async (file: string) => {
    if (interrupt.signal.aborted) return;
    const outcome = await runSuiteProcess(file, { limitMs: (limitS ?? limit) * 1000, signal: interrupt.signal });
    outcomes.push(outcome);
    print(outcome);
  };
  const sorted = [...files].sort();
  const isSystem = (file: string) => file.startsWith('tests/');
  await inParallel(
    sorted.filter((file) => !isSystem(file)),
    jobs,
    run(UNIT_LIMIT_S),
  );
  await inParallel(sorted.filter(isSystem), 1, run(SYSTEM_LIMIT_S));

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
