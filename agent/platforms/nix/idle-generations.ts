import { Type } from 'typebox';
import { readText, writeDurably } from '../../../shared/files/durable-file.ts';
import { lazyValidator } from '../../../shared/lazy-validator.ts';
import { type Generation, runs } from './generation.ts';

/** A generation that the profile was made to lead to and that never ran, as far as is known. A number alone may be given out again. */
export type IdleGeneration = Pick<Generation, 'number' | 'path'>;

/** More than anyone keeps; the newest stay. */
const MAX_IDLE = 500;

const validator = lazyValidator(
  Type.Array(Type.Object({ number: Type.Integer({ minimum: 0 }), path: Type.String() }), { maxItems: MAX_IDLE }),
);

export const isIdle = (idle: readonly IdleGeneration[], { number, path }: IdleGeneration): boolean =>
  idle.some((one) => one.number === number && one.path === path);

/**
 * The generations that never ran, by those `known` before. `profileBefore` is the profile's target before this command, `profile` the
 * target that this command set, each null if it proves nothing; `ran`: systems known to have run, the active one first.
 *
 * I1  A generation that has run is not idle, and a deleted one is forgotten.
 * I2  A generation that this command made is idle until it runs, so that neither a kill nor a power cut loses this fact.
 * I3  So is the profile's target while a lower generation is active: its activation was refused, or left to the next boot.
 */
export function idleGenerations(
  known: readonly IdleGeneration[],
  sample: {
    generations: readonly Generation[];
    profile: number | null;
    profileBefore: number | null;
    ran: readonly (string | null)[];
  },
): IdleGeneration[] {
  const { generations, profile, profileBefore, ran } = sample;
  const hasRun = (generation: Generation) => ran.some((path) => runs(generation, path));
  const lastRun = generations.findLast(hasRun)?.number;
  const isNew = ({ number }: Generation) => number === profile && profile !== profileBefore;
  const wasPassed = ({ number }: Generation) => number === profileBefore && lastRun !== undefined && number > lastRun;
  return generations
    .filter((one) => !hasRun(one) && (isIdle(known, one) || isNew(one) || wasPassed(one)))
    .map(({ number, path }) => ({ number, path }))
    .slice(-MAX_IDLE);
}

/** Empty if the file is missing, unreadable or malformed: then each generation may have run. */
export async function readIdle(file: string): Promise<IdleGeneration[]> {
  try {
    const value: unknown = JSON.parse((await readText(file)) ?? '[]');
    return validator().Check(value) ? value : [];
  } catch {
    return [];
  }
}

/** Only the steps of a command write it, and a host runs one such command at a time. */
export async function writeIdle(file: string, idle: readonly IdleGeneration[]): Promise<void> {
  const text = JSON.stringify(idle);
  if (text !== JSON.stringify(await readIdle(file))) await writeDurably(file, text);
}
