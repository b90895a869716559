/** `npm run bench`: measures every budget of bench/README.md, Budgets, one program after another, and writes the page of results. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { conditions } from './conditions.ts';
import type { Outcome } from './program.ts';
import { RESULTS_PAGE, resultsPage } from './results-page.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** In the order of the design's table; the growth programs come last. */
const PROGRAMS = [
  'heartbeats',
  'fleet-cpu',
  'agent-memory',
  'spawn-latency',
  'fan-out',
  'rollouts',
  'output',
  'restart',
  'idle-agent',
  'big-output',
  'dashboard',
  'growth-agents',
  'growth-stored',
];

let running: ChildProcess | null = null;
let isStopped = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    isStopped = true;
    running?.kill(signal);
  });

/** Resolves to whether it succeeded; rejects once the bench must stop. */
async function run(argv: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, argv, { cwd: ROOT, stdio: 'inherit' });
  running = child;
  const code = await new Promise((settle) => child.once('exit', settle));
  if (isStopped) throw new Error('stopped');
  return code === 0;
}

async function measure(program: string, dir: string): Promise<Outcome | null> {
  const json = join(dir, `${program}.json`);
  console.log(`\n== ${program}`);
  const startedAt = performance.now();
  const isDone = await run([join('bench', `${program}.ts`), '--json', json]);
  console.log(`   ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  return isDone && existsSync(json) ? JSON.parse(await readFile(json, 'utf8')) : null;
}

const dir = await mkdtemp(join(tmpdir(), 'switchyard-bench-'));
try {
  if (!(await run([join('scripts', 'build.ts')]))) throw new Error('the bundles could not be built');
  const outcomes: Outcome[] = [];
  const failed: string[] = [];
  for (const program of PROGRAMS) {
    const outcome = await measure(program, dir);
    if (outcome) outcomes.push(outcome);
    else failed.push(program);
  }
  await writeFile(join(ROOT, RESULTS_PAGE), resultsPage(conditions(), outcomes, failed));
  if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
} finally {
  await rm(dir, { recursive: true, force: true });
}
