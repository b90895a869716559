import { createHash } from 'node:crypto';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Freshness, Report } from '../../shared/model/report.ts';

/**
 * Which build of the agent runs, and which one the service would start now. Both are measured in the same way, so that equal
 * builds have equal hashes: a bundle by its one file, a checkout by all sources of the agent.
 */

/** Where a folder or a package keeps the bundle. */
const BUNDLES = ['agent.js', 'dist/agent.js', 'lib/switchyard/agent.js'];

/** Longer than any wrapper script, shorter than any bundle. */
const WRAPPER_BYTES = 16 * 1024;

/** The absolute path by which a wrapper script names its module. */
const MODULE = /\/[^\s"'=:]+\.(?:m?js|ts)(?![^\s"'])/;

/** The build of the agent started from `entry`, its main module. Called once, at the start: the file may be replaced later. */
export async function readFreshness(entry: string, commit: string | null): Promise<Freshness> {
  const program = await findProgram(entry);
  return {
    sourceCommit: commit,
    storePath: program && storePathOf(program.entry),
    binaryHash: program && (await hashOf(program.files)),
  };
}

/** Makes the probe of the agent behind `path` (INSTALLED_PATH). It hashes again only if the file behind the path changed. */
export function createInstalledProbe(path: string | null): () => Promise<Report['installed']> {
  let seen = '';
  let binaryHash: string | null = null;
  return async () => {
    const program = path === null ? null : await findProgram(path);
    if (!program) return null;
    const signature = await signatureOf(program.files);
    if (signature !== seen) {
      binaryHash = await hashOf(program.files);
      seen = binaryHash === null ? '' : signature;
    }
    return { storePath: storePathOf(program.entry), binaryHash };
  };
}

/** The program's main module, links resolved, and the files whose content makes up the build. */
type Program = { entry: string; files: readonly string[] };

/**
 * The agent behind a path: the bundle itself, a folder or package that holds one (`BUNDLES`), a wrapper script that names one or
 * lies in the `bin/` of its package, or a checkout's `agent/main.ts`. Null for anything else: an unrelated hash would make every
 * host look stale.
 */
async function findProgram(path: string): Promise<Program | null> {
  try {
    const entry = await realpath(path);
    if ((await stat(entry)).isDirectory()) {
      for (const bundle of BUNDLES) {
        const found = await findProgram(join(entry, bundle));
        if (found) return found;
      }
      return null;
    }
    if (entry.endsWith('.ts')) return { entry, files: await sourcesOf(entry) };
    const wrapper = await readWrapper(entry);
    if (wrapper === null) return { entry, files: [entry] };
    const named = MODULE.exec(wrapper)?.[0];
    return (named && (await findProgram(named))) || (await findProgram(dirname(dirname(entry))));
  } catch {
    return null;
  }
}

/** The text of a script for another interpreter than Node; null for anything else. */
async function readWrapper(file: string): Promise<string | null> {
  if ((await stat(file)).size > WRAPPER_BYTES) return null;
  const text = await readFile(file, 'utf8');
  return /^#!(?!.*\bnode\b)/.test(text) ? text : null;
}

/** The agent's sources, from its `main.ts`: its own folder and the shared one, without tests. */
async function sourcesOf(main: string): Promise<string[]> {
  const root = dirname(dirname(main));
  const files: string[] = [];
  for (const folder of [basename(dirname(main)), 'shared']) {
    const names = await readdir(join(root, folder), { recursive: true });
    for (const name of names)
      if (name.endsWith('.ts') && !name.endsWith('.test.ts')) files.push(join(root, folder, name));
  }
  return files.sort();
}

/** Null if a file disappeared meanwhile. */
async function hashOf(files: readonly string[]): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for (const file of files) hash.update(await readFile(file));
    return hash.digest('hex');
  } catch {
    return null;
  }
}

/** Changes when one of the files does. The store sets every time to 1970, hence path and inode. */
async function signatureOf(files: readonly string[]): Promise<string> {
  const parts: string[] = [];
  for (const file of files) {
    const { ino, size, mtimeMs } = await stat(file);
    parts.push(`${file}:${ino}:${size}:${mtimeMs}`);
  }
  return parts.join('\n');
}

/** The store path of a file, wherever the store is: a folder, then a name that starts with a hash. */
function storePathOf(file: string): string | null {
  return /^.*?\/[0-9abcdfghijklmnpqrsvwxyz]{32}-[^/]+/.exec(file)?.[0] ?? null;
}
