import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StepProgram } from '../step/step-program.ts';
import { activate } from './activation.ts';

/** Of home-manager's activation: its caller sets the profile. */
const CALLER_SETS_PROFILE = ['--driver-version', '1'] as const;

/**
 * `activate-home` takes what `activate` does, the program being a generation's. Since 25.11 that leaves the profile to its caller if told
 * so; else, as all before, it makes a new generation of its own even where the caller goes back to an earlier one.
 */
export const activateHome: StepProgram = async (args, io) => {
  const generation = dirname(args.at(-1) ?? '');
  return activate((await takesDriverVersion(generation)) ? [...args, ...CALLER_SETS_PROFILE] : args, io);
};

/** Generations that do have a file that says of which form they are. */
async function takesDriverVersion(generation: string): Promise<boolean> {
  const form = await readFile(join(generation, 'gen-version'), 'utf8').catch(() => '');
  return Number.parseInt(form, 10) >= 1;
}
