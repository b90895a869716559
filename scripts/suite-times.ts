import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

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

/** Longest first, so that none still runs when all others are done; an unknown one comes first of all. */
export function longestFirst(files: string[], times: SuiteTimes): string[] {
  const timeOf = (file: string) => times[file] ?? Number.MAX_VALUE;
  return [...files].sort((one, other) => timeOf(other) - timeOf(one));
}
