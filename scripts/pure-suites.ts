import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { importsOf } from './source-text.ts';

/** What touches nothing outside of the process, starts nothing, and keeps no process alive. */
const PURE_MODULES = new Set([
  ...['assert', 'buffer', 'crypto', 'path', 'url', 'util'].map((name) => `node:${name}`),
  ...['anser', 'fast-check', 'smol-toml', 'typebox', 'typebox/compile', 'typebox/value', 'uuid', 'uvu', 'uvu/assert'],
]);

/** Globals through which a suite could reach out of itself, or into the one that shares its process. */
const OUTWARD = /\b(?:process|globalThis|fetch|WebSocket|setInterval)\b/;

/** Tells suites that can share a process with others: by all that they import, however far. */
export function pureSuites(read: (file: string) => string | null = readSource): (suite: string) => boolean {
  const known = new Map<string, boolean>();

  function isPure(file: string): boolean {
    const before = known.get(file);
    if (before !== undefined) return before;
    // For files that import each other.
    known.set(file, true);
    const source = read(file);
    const pure = source !== null && importsOf(source).every((name) => isPureImport(file, name));
    known.set(file, pure);
    return pure;
  }

  function isPureImport(file: string, name: string): boolean {
    if (!name.startsWith('.')) return PURE_MODULES.has(name);
    return /\.ts$/.test(name) && isPure(posix.join(posix.dirname(file), name));
  }

  return (suite) => isPure(suite) && !OUTWARD.test(read(suite) ?? '');
}

const readSource = (file: string): string | null => (existsSync(file) ? readFileSync(file, 'utf8') : null);
