import { renameSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { lazyValidator } from '../../shared/lazy-validator.ts';
import { Progress } from '../../shared/model/command.ts';
import { Nullable } from '../../shared/schema.ts';
import { createTrim } from '../../shared/wire/trim.ts';

/** A number that wrapped around below zero is not one, nor is one that loses precision. */
const Amount = Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/**
 * How far the present step has come, in its own words: `progress` in SWITCHYARD_EVIDENCE_DIR, JSON. The phase is not the step's
 * to report. The wrapper removes the file before the next step begins, so it always belongs to the present phase.
 */
export const StepProgress = Type.Object({
  ...Type.Omit(Progress, ['phase']).properties,
  current: Nullable(Amount),
  total: Nullable(Amount),
});
export type StepProgress = Static<typeof StepProgress>;

/** The wrapper, which runs in the folder above, removes it by this name. */
export const PROGRESS_FILE = 'progress';

/** A longer file is not a progress file, and is read no further. */
const LONGEST_FILE = 4096;

const validator = lazyValidator(StepProgress);
const trim = createTrim(StepProgress);

/** Replaced as a whole. A full disk is not a reason to fail the step: progress then stays as it was. */
export function writeStepProgress(evidenceDir: string, progress: StepProgress): void {
  const file = join(evidenceDir, PROGRESS_FILE);
  try {
    writeFileSync(`${file}.new`, JSON.stringify(progress));
    renameSync(`${file}.new`, file);
  } catch {
    // The next one may fit again.
  }
}

/** Null if the step has reported nothing, or nothing intelligible. */
export async function readStepProgress(evidenceDir: string): Promise<StepProgress | null> {
  try {
    const { value } = trim(JSON.parse(await readStart(join(evidenceDir, PROGRESS_FILE))));
    return validator().Check(value) ? value : null;
  } catch {
    return null;
  }
}

async function readStart(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(LONGEST_FILE), 0, LONGEST_FILE, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
