import { join } from 'node:path';
import type { Check } from '../../../shared/model/report.ts';
import { readFlakeLock } from '../git/flake-lock.ts';
import { writeCheck } from '../step/checks.ts';
import type { StepProgram } from '../step/step-program.ts';

/** `refresh-lock REPO FLAKE_DIR INPUT CHECKS_FILE`: reads flake.lock and keeps what was found; 1 if it isn't a lock file. */
export const refreshLock: StepProgram = async ([repoDir = '', flakeDir = '', input = '', checksFile = ''], io) => {
  const { status, message } = await look(repoDir, flakeDir, input);
  io.say(message);
  await writeCheck(checksFile, 'lock', { status, message, checkedAt: io.clock.now() });
  return status === 'error' ? 1 : 0;
};

async function look(repoDir: string, flakeDir: string, input: string): Promise<Pick<Check, 'status' | 'message'>> {
  const lock = await readFlakeLock(repoDir, flakeDir);
  const folder = join(repoDir, flakeDir);
  if (!lock) return { status: 'unknown', message: `${folder} has no flake.lock` };
  if (!lock.valid) return { status: 'error', message: `${folder}/flake.lock is not a lock file` };
  const rev = lock.revOf(input);
  const pin = rev ? `${input} is pinned to ${rev}` : `it pins no ${input}`;
  return { status: 'ok', message: `flake.lock has the hash ${lock.hash}, ${pin}` };
}
