import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StepProgram } from '../step/step-program.ts';
import { activate } from './activation.ts';

/** Tells home-manager's activation to leave the profile to its caller. */
const CALLER_SETS_PROFILE = ['--driver-version', '1'] as const;

/**
 * `activate-home` takes the arguments of `activate`; its program is a generation's. Since 25.11 that can leave the profile to its caller.
 * An older one makes a new generation even when the caller goes back to an earlier one.
 */
export const activateHome: StepProgram = async (args, io) => {
  const generation = dirname(args.at(-1) ?? '');
  return activate((await takesDriverVersion(generation)) ? [...args, ...CALLER_SETS_PROFILE] : args, io);
};

/** A generation that can leave the profile alone has a file that names its format. */
async function takesDriverVersion(generation: string): Promise<boolean> {
  const form = await readFile(join(generation, 'gen-version'), 'utf8').catch(() => '');
  return Number.parseInt(form, 10) >= 1;
}
