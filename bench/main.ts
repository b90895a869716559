/** `npm run bench`: measures every budget of DESIGN.md section 4, one program after the other, and writes bench/RESULTS.md. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, release, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Outcome } from './program.ts';
import { resultsPage } from './results-page.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** In the order of the design's table; what shows how cost grows comes last. */
const PROGRAMS = [
  'heartbeats',
  'fleet-cpu',
  'agent-memory',
  'spawn-latency',
  'fan-out',
  'output',
  'restart',
  'idle-agent',
  'big-output',
  'dashboard',
  'growth-agents',
  'growth-stored',
];

/** Resolves to whether it ended well. */
function run(argv: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, argv, { cwd: ROOT, stdio: 'inherit' });
  return new Promise((settle) => child.once('exit', (code) => settle(code === 0)));
}

async function measure(program: string, dir: string): Promise<Outcome | null> {
  const json = join(dir, `${program}.json`);
  console.log(`\n== ${program}`);
  const startedAt = performance.now();
  const isDone = await run([join('bench', `${program}.ts`), '--json', json]);
  console.log(`   ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  return isDone && existsSync(json) ? JSON.parse(await readFile(json, 'utf8')) : null;
}

/** Git's HEAD, marked where the source is not what was committed. */
function commitOf(): string {
  const git = (...argv: string[]) => execFileSync('git', argv, { cwd: ROOT, encoding: 'utf8' }).trim();
  try {
    const isChanged = git('status', '--porcelain', '--', ':!bench/RESULTS.md') !== '';
    return `${git('rev-parse', '--short=12', 'HEAD')}${isChanged ? ' (with changes)' : ''}`;
  } catch {
    return 'unknown';
  }
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
  const conditions = {
    date: new Date().toISOString().slice(0, 10),
    commit: commitOf(),
    node: process.versions.node,
    kernel: release(),
    cpu: cpus()[0]?.model.trim() ?? 'an unknown processor',
    cores: cpus().length,
  };
  await writeFile(join(ROOT, 'bench', 'RESULTS.md'), resultsPage(conditions, outcomes, failed));
  if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
} finally {
  await rm(dir, { recursive: true, force: true });
}
