import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StepProgram } from '../step/step-program.ts';

/** Left in a script that does nothing any more, for tools that look for it. */
const DEPRECATED = /^# nix-darwin: deprecated$/m;

/**
 * `check-darwin SYSTEM`: fails if the user has to run a part of the activation, as before nix-darwin 25.05. The agent is root, and half
 * an activation would be a false success.
 */
export const checkDarwin: StepProgram = async ([system = ''], io) => {
  const script = await readFile(join(system, 'activate-user'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (script === null || DEPRECATED.test(script)) return 0;
  io.say(
    `${system} is of a nix-darwin before 25.05, whose activate-user this agent cannot run: it is root, not the user`,
  );
  io.say('nothing was activated; update the nix-darwin of your flake to 25.05 or newer, and switch to that');
  return 1;
};
