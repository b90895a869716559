import type { Check } from '../../../shared/model/report.ts';
import { writeCheck } from '../step/checks.ts';
import type { StepProgram } from '../step/step-program.ts';
import { readSystemPath } from './generation.ts';
import { nix } from './nix.ts';

/**
 * `refresh-system REPO INSTALLABLE LOCK_OPTION CHECKS_FILE ACTIVE_LINK...`: evaluates the configuration that is checked out and compares its
 * store path with the one that is active. Fails as the evaluation does.
 */
export const refreshSystem: StepProgram = async (args, io) => {
  const [repoDir = '', installable = '', lockOption = '', checksFile = '', ...links] = args;
  const ask = ['eval', '--raw', lockOption, `${installable}.outPath`];
  const evaluation = await nix(io, ask, { cwd: repoDir, stdout: 'taken' });
  // That it was killed says nothing of the configuration.
  if (evaluation.interrupted && evaluation.code !== 0) return evaluation.code;
  const active = await readSystemPath(links);
  const { status, message } = judge(evaluation.code, evaluation.stdout.trim(), active);
  io.say(message);
  await writeCheck(checksFile, 'system', { status, message, checkedAt: io.clock.now() });
  return evaluation.code;
};

function judge(code: number, wanted: string, active: string | null): Pick<Check, 'status' | 'message'> {
  if (code !== 0) return { status: 'error', message: `the configuration cannot be evaluated, nix ended with ${code}` };
  if (active === wanted) return { status: 'ok', message: `${wanted} is active` };
  return { status: 'outdated', message: `${active ?? 'nothing'} is active, the configuration asks for ${wanted}` };
}
