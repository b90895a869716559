import type { Check } from '../../../shared/report.ts';
import { readFlakeLock } from '../git/flake-lock.ts';
import { writeCheck } from '../step/checks.ts';
import type { StepProgram } from '../step/step-program.ts';

/** `refresh-lock REPO INPUT CHECKS_FILE`: reads flake.lock and keeps what was found; 1 if it isn't a lock file. */
export const refreshLock: StepProgram = async ([repoDir = '', input = '', checksFile = ''], io) => {
  const { status, message } = await look(repoDir, input);
  io.say(message);
  await writeCheck(checksFile, 'lock', { status, message, checkedAt: io.clock.now() });
  return status === 'error' ? 1 : 0;
};

async function look(repoDir: string, input: string): Promise<Pick<Check, 'status' | 'message'>> {
  const lock = await readFlakeLock(repoDir);
  if (!lock) return { status: 'unknown', message: `${repoDir} has no flake.lock` };
  if (!lock.valid) return { status: 'error', message: `${repoDir}/flake.lock is not a lock file` };
  const rev = lock.revOf(input);
  const pin = rev ? `${input} is pinned to ${rev}` : `it pins no ${input}`;
  return { status: 'ok', message: `flake.lock has the hash ${lock.hash}, ${pin}` };
}
