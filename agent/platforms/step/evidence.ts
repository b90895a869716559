import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lazyValidator } from '../../../shared/lazy-validator.ts';
import { Evidence, type FailureCode, MAX_TESTS, type TestResult } from '../../../shared/model/report.ts';
import { createTrim } from '../../../shared/wire/trim.ts';
import type { StepIo } from './step-program.ts';

/**
 * The evidence folder of a command: one file a field of Evidence, named like it. Any step may write there, those of an
 * OPS_FILE too. A text field is the file's text, `failedUnits` and `failedUnitsBefore` have a unit a line, `tests` a JSON object a line, the others
 * are JSON.
 */
type TextField =
  | 'fetchedCommit'
  | 'lockHash'
  | 'builtPath'
  | 'systemPathBefore'
  | 'systemPathAfter'
  | 'bootPath'
  | 'repaired';
type JsonField = 'versions' | 'profile' | 'rollback' | 'failure' | 'guarded' | 'preview' | 'freedBytes';
type UnitsField = 'failedUnits' | 'failedUnitsBefore';

const TEXT_FIELDS: readonly TextField[] = [
  'fetchedCommit',
  'lockHash',
  'builtPath',
  'systemPathBefore',
  'systemPathAfter',
  'bootPath',
  'repaired',
];

const JSON_FIELDS: readonly JsonField[] = [
  'versions',
  'profile',
  'rollback',
  'failure',
  'guarded',
  'preview',
  'freedBytes',
];

const UNITS_FIELDS: readonly UnitsField[] = ['failedUnits', 'failedUnitsBefore'];

/** A longer file is none of ours. */
const LONGEST_FILE = 1024 * 1024;

const validator = lazyValidator(Evidence);
const trim = createTrim(Evidence);

const fileOf = (io: StepIo, field: keyof Evidence): string => join(io.evidenceDir, field);

export const writeEvidence = (io: StepIo, field: TextField, text: string): Promise<void> =>
  writeFile(fileOf(io, field), `${text}\n`);

export const writeFailedUnits = (io: StepIo, field: UnitsField, units: readonly string[]): Promise<void> =>
  writeFile(fileOf(io, field), units.map((unit) => `${unit}\n`).join(''));

export const writeJsonEvidence = <Field extends JsonField>(
  io: StepIo,
  field: Field,
  value: NonNullable<Evidence[Field]>,
): Promise<void> => writeFile(fileOf(io, field), JSON.stringify(value));

/** Writes evidence of a completed act. A full disk doesn't undo the act, so the step still ends as the act did. */
export async function leaveBehind(io: StepIo, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    io.say(`it is done, but its evidence could not be written: ${String(error)}`);
  }
}

/** Says why a step fails, as a code of the command's end too; resolves to the step's exit status. */
export async function failAs(io: StepIo, code: FailureCode, message: string): Promise<1> {
  io.say(message);
  await writeJsonEvidence(io, 'failure', { code, message });
  return 1;
}

/** A script at a time, so that a run that is killed keeps those that ended. */
export const addTestResult = (io: StepIo, result: TestResult): Promise<void> =>
  appendFile(fileOf(io, 'tests'), `${JSON.stringify(result)}\n`);

/**
 * The evidence that one command's steps left in `dir`. A field that is missing, unreadable, too long or malformed is absent; a list that is
 * too long is cut, tests that passed first.
 */
export async function readEvidence(dir: string): Promise<Evidence> {
  const evidence: Evidence = {};
  const take = async (field: keyof Evidence, parse: (text: string) => unknown) => {
    try {
      const file = join(dir, field);
      if ((await stat(file)).size > LONGEST_FILE) return;
      const parsed = parse(await readFile(file, 'utf8'));
      const { value } = trim({ [field]: parsed });
      if (parsed !== '' && validator().Check(value)) Object.assign(evidence, value);
    } catch {
      // No step wrote it, or not to its end.
    }
  };
  for (const field of TEXT_FIELDS) await take(field, (text) => text.trim());
  for (const field of UNITS_FIELDS) await take(field, lines);
  await take('tests', (text) => failedFirst(lines(text).map((line) => JSON.parse(line) as unknown)));
  for (const field of JSON_FIELDS) await take(field, (text) => JSON.parse(text) as unknown);
  return evidence;
}

/** In their order, unless there are more than the evidence may hold. */
const failedFirst = (tests: unknown[]): unknown[] =>
  tests.length <= MAX_TESTS ? tests : tests.sort((a, b) => Number(hasPassed(a)) - Number(hasPassed(b)));

const hasPassed = (test: unknown): boolean => (test as Partial<TestResult> | null)?.exitCode === 0;

const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
