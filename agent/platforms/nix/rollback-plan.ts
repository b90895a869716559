import type { RollbackGoal } from '../../../shared/report.ts';
import type { Generation } from './generation.ts';

/**
 * Where a rollback leads, counted from what is active and not from the profile, which a refused activation may have moved. `generations`
 * are sorted by number; `profile` is the number that the profile leads to, `active` the store path of what runs, null where that is unknown.
 *
 * G1  A generation that only the profile has reached is never activated: the profile goes back to the one that is active.
 * G2  What is active but no generation (a `nixos-rebuild test`) leads back to where the profile is.
 * G3  A specialisation runs as the generation that it is of.
 * G4  Else it is the highest generation below the active one whose system is another. A second generation of the same system is skipped:
 *     it would change nothing.
 */
export function planRollback({
  generations,
  profile,
  active,
}: {
  generations: readonly Generation[];
  profile: number | null;
  active: string | null;
}): RollbackGoal | null {
  const led = generations.find(({ number }) => number === profile) ?? null;
  const runs = ({ path, specialisations }: Generation) => path === active || specialisations.includes(active ?? '');
  if (active === null || (led && runs(led))) return before(generations, led, profile);

  const running = generations.filter(runs);
  const below = running.findLast(({ number }) => profile === null || number < profile);
  if (below) return goal(below, profile, true);
  const above = running[0];
  if (above) return before(generations, above, profile);
  return led && goal(led, profile, false);
}

function before(
  generations: readonly Generation[],
  from: Generation | null,
  profile: number | null,
): RollbackGoal | null {
  const earlier = generations.findLast(({ number, path }) => from && number < from.number && path !== from.path);
  return earlier ? goal(earlier, profile, false) : null;
}

const goal = ({ number, path }: Generation, profileBefore: number | null, wasActive: boolean): RollbackGoal => ({
  generation: number,
  path,
  wasActive,
  profileBefore,
});
