import { writeEvidence } from '../step/evidence.ts';
import type { StepProgram } from '../step/step-program.ts';
import { readFlakeLock } from './flake-lock.ts';
import { askGit } from './git.ts';
import { keepHead } from './reftable-head.ts';
import { keepStoredHash } from './stored-lock.ts';
import { readWanted } from './wanted-commit.ts';

/** `record-pull DIR FILE FLAKE_DIR`: leaves the commit in FILE as evidence; the post-check compares it with the checkout. */
export const recordPull: StepProgram = async ([dir = '', file = '', flakeDir = ''], io) => {
  const commit = await readWanted(file);
  await writeEvidence(io, 'fetchedCommit', commit);
  await keepHead(io, dir);
  await keepStoredHash(io, dir, flakeDir);
  const lock = await readFlakeLock(dir, flakeDir);
  if (lock) await writeEvidence(io, 'lockHash', lock.hash);
  const subject = await askGit(io, dir, 'log', '-1', '--no-show-signature', '--format=%s', commit);
  io.say(`fetched ${commit} ${subject ?? ''}`.trimEnd());
  return 0;
};
