import type { StepProgram } from '../step/step-program.ts';
import { readSystemPath } from './generation.ts';

/** `check-built LINK PATH`: fails unless nix's LINK leads to PATH, the system that a person previewed. */
export const checkBuilt: StepProgram = async ([link = '', wanted = ''], io) => {
  const built = await readSystemPath([link]);
  if (built === wanted) return 0;
  io.say(`this builds ${built ?? 'nothing'}, not ${wanted} as asked for; nothing was activated`);
  return 1;
};
