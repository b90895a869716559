import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** How long each suite took in its last run, in milliseconds, by its file. */
export type SuiteTimes = Record<string, number>;

const FOLDER = 'node_modules';
const FILE = `${FOLDER}/.cache/suite-times.json`;

/** Empty without an earlier run, or if the file is damaged. */
export function readSuiteTimes(file = FILE): SuiteTimes {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SuiteTimes;
  } catch {
    return {};
  }
}

/** Keeps the times of suites that did not run this time. Does nothing outside a checkout. */
export function keepSuiteTimes(times: SuiteTimes, file = FILE): void {
  if (file === FILE && !existsSync(FOLDER)) return;
  mkdirSync(dirname(file), { recursive: true });
  const own = `${file}.${process.pid}`;
  writeFileSync(own, JSON.stringify({ ...readSuiteTimes(file), ...times }));
  renameSync(own, file);
}

/**
 * Sorts the longest first, so that none still runs when all others are done. Suites without a known time come before them, the largest
 * first.
 */
export function longestFirst(files: string[], times: SuiteTimes, sizeOf = codeSize): string[] {
  const known = files.filter((file) => times[file] !== undefined);
  const sizes = new Map(files.filter((file) => times[file] === undefined).map((file) => [file, sizeOf(file)]));
  const descending = (of: (file: string) => number | undefined) => (one: string, other: string) =>
    (of(other) ?? 0) - (of(one) ?? 0);
  return [
    ...[...sizes.keys()].sort(descending((file) => sizes.get(file))),
    ...known.sort(descending((file) => times[file])),
  ];
}

const RELATIVE_IMPORT = /from '(\.[^']+)'/g;

/** Bytes of a suite and of the files that it imports: a short suite may start much. */
function codeSize(file: string): number {
  const text = readFileSync(file, 'utf8');
  const imported = [...text.matchAll(RELATIVE_IMPORT)].map(([, path = '']) => join(dirname(file), path));
  return imported.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), text.length);
}
