import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { Evidence, type TestResult } from '../../shared/report.ts';
import type { StepIo } from './step-program.ts';

/**
 * The evidence folder of a command: one file a field of Evidence, named like it. Any step may write there, those of an
 * OPS_FILE too. A text field is the file's text, `failedUnits` has a unit a line, `tests` a JSON object a line, `versions`
 * is JSON.
 */
type TextField = 'fetchedCommit' | 'lockHash' | 'builtPath' | 'systemPathBefore' | 'systemPathAfter';

const TEXT_FIELDS: readonly TextField[] = [
  'fetchedCommit',
  'lockHash',
  'builtPath',
  'systemPathBefore',
  'systemPathAfter',
];

/** Evidence travels in one frame, whose limit is 1 MiB. */
const LONGEST_FIELD = 64 * 1024;

const validator = Compile(Evidence);

const fileOf = (io: StepIo, field: keyof Evidence): string => join(io.evidenceDir, field);

export const writeEvidence = (io: StepIo, field: TextField, text: string): Promise<void> =>
  writeFile(fileOf(io, field), `${text}\n`);

export const writeFailedUnits = (io: StepIo, units: readonly string[]): Promise<void> =>
  writeFile(fileOf(io, 'failedUnits'), units.map((unit) => `${unit}\n`).join(''));

export const writeVersions = (io: StepIo, versions: NonNullable<Evidence['versions']>): Promise<void> =>
  writeFile(fileOf(io, 'versions'), JSON.stringify(versions));

/** A script at a time, so that a run that is killed keeps those that ended. */
export const addTestResult = (io: StepIo, result: TestResult): Promise<void> =>
  appendFile(fileOf(io, 'tests'), `${JSON.stringify(result)}\n`);

/** What the steps of one command left in `dir`. A field that is missing, unreadable, too long or malformed is absent. */
export async function readEvidence(dir: string): Promise<Evidence> {
  const evidence: Evidence = {};
  const take = async (field: keyof Evidence, parse: (text: string) => unknown) => {
    try {
      const file = join(dir, field);
      if ((await stat(file)).size > LONGEST_FIELD) return;
      const value = parse(await readFile(file, 'utf8'));
      // As JSON it can be six times as long, and a frame that is too long would end every connection.
      if (Buffer.byteLength(JSON.stringify(value)) > LONGEST_FIELD) return;
      if (value !== '' && validator.Check({ [field]: value })) Object.assign(evidence, { [field]: value });
    } catch {
      // No step wrote it, or not to its end.
    }
  };
  for (const field of TEXT_FIELDS) await take(field, (text) => text.trim());
  await take('failedUnits', lines);
  await take('tests', (text) => lines(text).map((line) => JSON.parse(line) as unknown));
  await take('versions', (text) => JSON.parse(text) as unknown);
  return evidence;
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
