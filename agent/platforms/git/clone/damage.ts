import type { StepIo } from '../../step/step-program.ts';
import type { GitEnd } from '../git.ts';
import { askClone, checkClone } from './clone-git.ts';

/** The remote has nothing more, or can't be reached: not the clone's fault, and a search for one could take very long. */
const REMOTE_FAULT =
  /Could not read from remote repository|unable to access '|couldn't find remote ref|could not read (?:Username|Password) for/;

const OTHER_FORMAT = /mismatched algorithms/;

/** Git names a file that it can do without, and goes on. */
const COMPLAINT = /^error: /m;

/** The bit in the exit status of `git fsck` that damaged objects and ill-formed ones share. */
const OBJECT_FAULT = 1;

/** The damage behind a git command's failure in a clone, in few words; null if the cause was something else, or there was no failure. */
export async function damageOf(io: StepIo, dir: string, { code, stderr, interrupted }: GitEnd): Promise<string | null> {
  if (interrupted || (code === 0 && !COMPLAINT.test(stderr))) return null;
  if (OTHER_FORMAT.test(stderr)) return 'its remote has another object format';
  if (REMOTE_FAULT.test(stderr)) return null;
  io.say('looking whether the clone is whole');
  const checked = await checkClone(io, dir);
  if (checked.code === 0 || checked.interrupted) return null;
  if (checked.code === OBJECT_FAULT && !/^(error|fatal)/m.test(checked.stderr)) return null;
  return firstLine(checked.stderr)?.slice(0, 300) ?? `git fsck ended with ${checked.code}`;
}

const firstLine = (text: string): string | undefined =>
  text.split('\n').flatMap((line) => line.replace(/^(?:error|fatal|warning): /, '').trim() || [])[0];

/** Whether every file of `ref` can be read: no step of a pull looks at unchanged files. */
export async function isReadable(io: StepIo, dir: string, ref: string): Promise<boolean> {
  const nothing = await askClone(io, dir, 'hash-object', '-t', 'tree', '/dev/null');
  const all = ['diff-tree', '-r', '--numstat', '--text', '--no-renames', '--no-ext-diff', '--no-textconv'];
  return nothing !== null && (await askClone(io, dir, ...all, nothing, ref)) !== null;
}
