import { readFile } from 'node:fs/promises';
import { writeDurably } from '../../../shared/files/durable-file.ts';
import { lazyValidator } from '../../../shared/lazy-validator.ts';
import { type Check, Report } from '../../../shared/model/report.ts';

/**
 * The last checks that ops made, kept in STATE_DIR for the report.
 * C1  Only the steps of a command write it, and a host runs one such command at a time: there is never a second writer.
 * C2  It is replaced as a whole: a reader sees the old one or the new one.
 */
export type Checks = Report['checks'];

const validator = lazyValidator(Report.properties.checks);

/** No checks if the file is missing or malformed. */
export async function readChecks(file: string): Promise<Checks> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return validator().Check(value) ? value : {};
  } catch {
    return {};
  }
}

export async function writeCheck(file: string, name: keyof Checks, check: Check): Promise<void> {
  const checks = { ...(await readChecks(file)), [name]: check };
  await writeDurably(file, JSON.stringify(checks));
}
