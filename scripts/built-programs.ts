import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const CACHE = join(ROOT, 'node_modules/.cache/programs');

/** All that a bundle depends on. */
const SOURCES = ['{agent,coordinator,shared}/**/*', 'scripts/build*.ts', 'package.json', 'package-lock.json'];
const NO_SOURCE = ['**/*.test.ts', '**/fixtures/**'];

/** Stands in the agent's bundle where its commit belongs. */
const COMMIT_SLOT = 'commit-that-is-put-in-later-for-tests!!!';

/** Builds that are older than this are no other run's. */
const KEPT_MS = 24 * 3_600_000;

/** Paths of the programs as they ship, of no known commit; the coordinator has the dashboard in it. */
export type BuiltPrograms = { agent: string; coordinator: string; switchyard: string };

let built: Promise<BuiltPrograms> | null = null;

/** Builds the programs of this checkout's files, once for all runs of the same ones. */
export function builtPrograms(): Promise<BuiltPrograms> {
  built ??= prepare();
  return built;
}

/** Text of the agent's bundle with this commit in it: byte for byte what a build with it gives. */
export async function agentBundle(commit: string): Promise<string> {
  const { agent } = await builtPrograms();
  // No commit is another text, not only another string in it.
  if (!commit) return readFileSync(agent, 'utf8');
  const slotted = readFileSync(join(agent, '../agent-slot.js'), 'utf8');
  return slotted.replaceAll(JSON.stringify(COMMIT_SLOT), () => JSON.stringify(commit));
}

async function prepare(): Promise<BuiltPrograms> {
  const dir = join(CACHE, keyOfSources());
  if (!existsSync(dir)) await make(dir);
  return {
    agent: join(dir, 'agent.js'),
    coordinator: join(dir, 'coordinator.js'),
    switchyard: join(dir, 'switchyard.js'),
  };
}

function keyOfSources(): string {
  const hash = createHash('sha256');
  const files = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT, exclude: NO_SOURCE }));
  for (const file of files.sort()) {
    const path = join(ROOT, file);
    if (statSync(path).isFile()) hash.update(`${file}\0`).update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Two that build at once make the same; the second finds the first one's in its place. */
async function make(dir: string): Promise<void> {
  // Most runs find them built, and start sooner without the bundlers.
  const [{ build }, { buildDashboard }, { stop: stopEsbuild }] = await Promise.all([
    import('./build.ts'),
    import('./build-dashboard.ts'),
    import('esbuild'),
  ]);
  const own = `${dir}.${process.pid}`;
  mkdirSync(own, { recursive: true });
  try {
    const dashboard = await buildDashboard();
    await build({ outDir: own, commit: '', dashboard });
    const agent = { 'agent-slot': 'agent/main.ts' };
    await build({ outDir: own, commit: COMMIT_SLOT, programs: agent });
    if (!existsSync(dir)) renameSync(own, dir);
  } catch (error) {
    if (!existsSync(dir)) throw error;
  } finally {
    // Its own process would else end only after this one.
    await stopEsbuild();
    rmSync(own, { recursive: true, force: true });
  }
  for (const old of await readdir(CACHE)) {
    const path = join(CACHE, old);
    if (path !== dir && Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path, { recursive: true, force: true });
  }
}
