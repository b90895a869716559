import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { leaveBehind, writeJsonEvidence } from '../step/evidence.ts';
import type { StepIo, StepProgram } from '../step/step-program.ts';
import {
  type Generation,
  generationLink,
  listGenerations,
  readGeneration,
  readSystemPath,
  runs,
} from './generation.ts';
import { readIdle } from './idle-generations.ts';
import { planRollback } from './rollback-plan.ts';

const GarbageBrief = Type.Object({
  profile: Type.String(),
  /** Links to what is active; the first that leads anywhere counts. */
  links: Type.Array(Type.String()),
  booted: Type.Union([Type.String(), Type.Null()]),
  idleFile: Type.String(),
  /** Systems that a guard may still need. They are never deleted. */
  guarded: Type.Array(Type.String()),
  /** The command's folder, which holds what keeps them while it runs. */
  folder: Type.String(),
  keepGenerations: Type.Union([Type.Integer(), Type.Null()]),
  olderThanDays: Type.Union([Type.Integer(), Type.Null()]),
});
export type GarbageBrief = Static<typeof GarbageBrief>;

const DAY_MS = 86_400_000;

/**
 * The generations that a `gc` deletes, oldest first: those older than asked for and not among the newest to keep. Needed generations are
 * never deleted. Without either option none is.
 */
export function doomedGenerations(
  generations: readonly (Generation & { at: number })[],
  wish: { keepGenerations: number | null; olderThanDays: number | null; now: number },
  isNeeded: (generation: Generation) => boolean,
): number[] {
  const { keepGenerations, olderThanDays, now } = wish;
  if (keepGenerations === null && olderThanDays === null) return [];
  const newest = new Set(keepGenerations === null ? [] : generations.slice(-keepGenerations));
  const isOld = ({ at }: { at: number }) => olderThanDays === null || now - at > olderThanDays * DAY_MS;
  return generations.filter((one) => !newest.has(one) && isOld(one) && !isNeeded(one)).map(({ number }) => number);
}

/** `collect-garbage BRIEF`: deletes the profile's old generations, then every unneeded store path. */
export const collectGarbage: StepProgram = async ([text = ''], io) => {
  const brief = Value.Parse(GarbageBrief, JSON.parse(text));
  const { profile, keepGenerations, olderThanDays } = brief;
  const [found, led, active, idle] = await Promise.all([
    listGenerations(profile),
    readGeneration(profile),
    readSystemPath(brief.links),
    readIdle(brief.idleFile),
  ]);
  const booted = brief.booted === null ? null : await readSystemPath([brief.booted]);
  // Counts from the active system, because the profile may lead to one that never ran.
  const running = found.findLast((one) => runs(one, active))?.number ?? led;
  const back = planRollback({ generations: found, profile: running, active, isProfileNewer: false, idle });
  const systems = [active, booted, ...brief.guarded].filter((path) => path !== null);
  const kept = await keepWhile(io, brief.folder, systems);
  if (kept !== 0) return kept;

  const generations = await Promise.all(
    found.map(async (one) => ({ ...one, at: (await lstat(generationLink(profile, one.number))).mtimeMs })),
  );
  const isNeeded = (one: Generation) =>
    one.number === led || one.number === back?.generation || systems.some((path) => runs(one, path));
  const doomed = doomedGenerations(generations, { keepGenerations, olderThanDays, now: io.clock.now() }, isNeeded);
  if (doomed.length > 0) {
    io.say(`deleting ${doomed.length} of ${found.length} generations of ${profile}: ${doomed.join(', ')}`);
    const { code } = await io.run(['nix-env', '--profile', profile, '--delete-generations', ...doomed.map(String)]);
    if (code !== 0) return code;
  }
  const { code, stdout } = await io.run(['nix-store', '--gc'], { stdout: 'taken' });
  const said = stdout.trim().split('\n').at(-1) ?? '';
  if (said !== '') io.say(said);
  const freed = freedBytes(said);
  if (freed !== null) await leaveBehind(io, () => writeJsonEvidence(io, 'freedBytes', freed));
  return code;
};

/** Roots needed systems that have no generation in the command's folder. */
async function keepWhile(io: StepIo, folder: string, systems: readonly string[]): Promise<number> {
  for (const [index, system] of systems.entries()) {
    const root = join(folder, `kept-${index}`);
    const { code } = await io.run(['nix-store', '--realise', system, '--add-root', root, '--indirect'], {
      stdout: 'taken',
    });
    if (code !== 0) return code;
  }
  return 0;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Reads `12 store paths deleted, 3.45 MiB freed`, as both old and new Nix end with; null where it is something else. */
export function freedBytes(line: string): number | null {
  const [, amount, unit = ''] = /deleted, (\d+(?:\.\d+)?) ([KMGT]iB|B)(?:ytes)? freed/.exec(line) ?? [];
  return amount === undefined ? null : Math.round(Number(amount) * 1024 ** UNITS.indexOf(unit));
}
