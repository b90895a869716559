import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BuildOptions } from './build.ts';
import { madeOnce } from './made-once.ts';

const ROOT = resolve(import.meta.dirname, '..');
const CACHE = join(ROOT, 'node_modules/.cache/programs');

const BUILD = ['scripts/{build*,bundle,licenses}.ts', 'package.json', 'package-lock.json'];

/** Everything that a program depends on, and its pages. */
const SOURCES = ['{agent,coordinator,shared}/**/*', ...BUILD];
const PAGE_SOURCES = ['{coordinator/dashboard,shared}/**/*', ...BUILD];
const NO_SOURCE = ['**/*.test.ts', '**/fixtures/**'];

/** Holds the key of all sources if the suite's runner has made it. Reading them would take each suite a tenth of a second. */
export const SOURCES_KEY = 'SWITCHYARD_TEST_SOURCES_KEY';

/** Stands in the agent's bundle where its commit belongs. */
const COMMIT_SLOT = 'commit-that-is-put-in-later-for-tests!!!';

/** Builds older than this belong to no other run. */
const KEPT_MS = 24 * 3_600_000;

/** Paths of the programs as they ship, without a known commit; the coordinator includes the dashboard. */
export type BuiltPrograms = { agent: string; coordinator: string; switchyard: string };

export type BareProgram = 'agent' | 'coordinator';

let built: Promise<BuiltPrograms> | null = null;
let bare: Promise<Record<BareProgram, string>> | null = null;

/** Builds the programs of this checkout's files, once for all runs on the same files. */
export function builtPrograms(): Promise<BuiltPrograms> {
  built ??= prepare();
  return built;
}

/** The dashboard's files by name, as scripts/build-dashboard.ts gives them, built once for all runs on the same files. */
export async function builtPages(): Promise<Record<string, string>> {
  const pages = await cached(`pages-${keyOf(PAGE_SOURCES)}`, async (own) => {
    const { buildDashboard } = await import('./build-dashboard.ts');
    writeFileSync(join(own, 'pages.json'), JSON.stringify(await buildDashboard()));
  });
  return JSON.parse(readFileSync(join(pages, 'pages.json'), 'utf8')) as Record<string, string>;
}

/** Path of one program as it ships, but the coordinator without pages: for a unit test that starts it often. Builds almost instantly. */
export async function bareProgram(name: BareProgram): Promise<string> {
  bare ??= prepareBare();
  return (await bare)[name];
}

/**
 * Builds all programs in a process of its own, beside other work. Resolves when that process has ended, even if it failed: a suite that
 * finds a program missing builds it itself, or says why it can't.
 */
export const buildApart = (signal: AbortSignal): Promise<void> =>
  new Promise((ended) => {
    execFile(process.execPath, [import.meta.filename], { signal }, () => ended());
  });

/** Text of the agent's bundle with this commit: byte for byte what a build with it gives. */
export async function agentBundle(commit: string): Promise<string> {
  const { agent } = await builtPrograms();
  // Without a commit it is a different text, not only a different string in it.
  if (!commit) return readFileSync(agent, 'utf8');
  const slotted = readFileSync(join(agent, '../agent-slot.js'), 'utf8');
  return slotted.replaceAll(COMMIT_SLOT, () => commit);
}

async function prepare(): Promise<BuiltPrograms> {
  const dir = await cached(nameOf(''), async (own) => {
    const dashboard = await builtPages();
    await bundle({ outDir: own, commit: '', dashboard });
    await bundle({ outDir: own, commit: COMMIT_SLOT, programs: { 'agent-slot': 'agent/main.ts' } });
  });
  return {
    agent: join(dir, 'agent.js'),
    coordinator: join(dir, 'coordinator.js'),
    switchyard: join(dir, 'switchyard.js'),
  };
}

async function prepareBare(): Promise<Record<BareProgram, string>> {
  const programs = { agent: 'agent/main.ts', coordinator: 'coordinator/main.ts' };
  const dir = await cached(nameOf('bare-'), (own) => bundle({ outDir: own, commit: '', programs }));
  return { agent: join(dir, 'agent.js'), coordinator: join(dir, 'coordinator.js') };
}

async function bundle(options: BuildOptions): Promise<void> {
  // Most runs find them built, and start sooner without loading the bundler.
  const { build } = await import('./build.ts');
  await build(options);
}

/** The key of everything that a program depends on. */
export const sourcesKey = (): string => keyOf(SOURCES);

/** Trusts the given key only for programs that are built already: the sources may have changed since it was made. */
function nameOf(prefix: string): string {
  const given = prefix + process.env[SOURCES_KEY];
  return existsSync(join(CACHE, given)) ? given : prefix + sourcesKey();
}

function keyOf(sources: readonly string[]): string {
  const hash = createHash('sha256');
  const files = sources.flatMap((pattern) => globSync(pattern, { cwd: ROOT, exclude: NO_SOURCE }));
  for (const file of files.sort()) {
    const path = join(ROOT, file);
    if (statSync(path).isFile()) hash.update(`${file}\0`).update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 16);
}

/** The folder of this name in the cache; `make` fills it if it is missing. */
async function cached(name: string, make: (own: string) => Promise<void>): Promise<string> {
  const dir = join(CACHE, name);
  if (existsSync(dir)) return dir;
  await madeOnce(dir, make);
  for (const old of await readdir(CACHE)) {
    const path = join(CACHE, old);
    if (path !== dir && Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path, { recursive: true, force: true });
  }
  return dir;
}

if (import.meta.main) {
  await builtPrograms();
  await bareProgram('agent');
}
