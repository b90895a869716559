import { writeEvidence, writeFailedUnits } from '../step/evidence.ts';
import type { StepIo, StepProgram } from '../step/step-program.ts';
import { readSystemPath } from './generation.ts';

/** NixOS: activated, but units failed. */
const UNITS_FAILED = 4;

/** Separates what is only looked at from the program to run. */
export const PROGRAM_FOLLOWS = '--';

/**
 * `activate BEFORE ACTIVE_LINK... -- PROGRAM ARG...`: runs an activation and ends as it does. Leaves what was active BEFORE the
 * command (empty if nothing was), what is active after it, and after exit 4 the units that failed. All of its own code is loaded before
 * the activation begins, which may replace it on disk.
 */
export const activate: StepProgram = async ([before = '', ...args], io) => {
  const end = args.indexOf(PROGRAM_FOLLOWS);
  const links = args.slice(0, end);
  const [program = '', ...rest] = args.slice(end + 1);

  if (before) await writeEvidence(io, 'systemPathBefore', before);
  const { code } = await io.run([program, ...rest]);
  const after = await readSystemPath(links);
  if (after) await writeEvidence(io, 'systemPathAfter', after);
  const failedUnits = code === UNITS_FAILED ? await listFailedUnits(io) : null;
  if (failedUnits) await writeFailedUnits(io, failedUnits);
  return code;
};

/** Null where no systemd answers. */
async function listFailedUnits(io: StepIo): Promise<string[] | null> {
  const listing = ['list-units', '--state=failed', '--plain', '--no-legend', '--no-pager'];
  const { code, stdout } = await io.run(['systemctl', ...listing], { stdout: 'taken' });
  if (code !== 0) return null;
  const names = stdout.split('\n').map((line) => line.trim().split(/\s+/)[0] ?? '');
  return names.filter((name) => name !== '');
}
