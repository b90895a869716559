import type { RollbackGoal } from '../../../shared/report.ts';
import { type Generation, runs } from './generation.ts';
import { type IdleGeneration, isIdle } from './idle-generations.ts';

/**
 * Where a rollback leads, counted from what is active and not from the profile, which a refused activation may have moved. `generations`
 * are sorted by number; `profile` is the number that the profile leads to, `active` the store path of what runs, null where that is unknown;
 * `isProfileNewer` says that the profile moved after that was activated; `idle` are those that never ran. Null: there is nothing to go
 * back to.
 *
 * G1  A generation that only the profile has reached is never activated: the profile goes back to the one that is active.
 * G2  What is active but no generation leads back to where the profile is if it was activated after that (`nixos-rebuild test`). Else its own
 *     generation was deleted, and where the profile is may never have run.
 * G3  A specialisation runs as the generation that it is of. The system that it leads back to is not active yet.
 * G4  Else it is the highest generation below the active one whose system is another, and which is not idle. A second generation of the
 *     same system is skipped: it would change nothing.
 * G5  A refused switch leaves the profile at the highest generation. Where the active system has one above the profile's, a rollback was
 *     refused, and is tried again from there: that an older generation has that system too says nothing.
 */
export function planRollback({
  generations,
  profile,
  active,
  isProfileNewer,
  idle,
}: {
  generations: readonly Generation[];
  profile: number | null;
  active: string | null;
  isProfileNewer: boolean;
  idle: readonly IdleGeneration[];
}): RollbackGoal | null {
  const before = (from: Generation | null) => {
    const earlier = generations.findLast(
      (one) => from && one.number < from.number && one.path !== from.path && !isIdle(idle, one),
    );
    return earlier ? goal(earlier, profile, false) : null;
  };
  const led = generations.find(({ number }) => number === profile) ?? null;
  if (active === null || (led && runs(led, active))) return before(led);

  const running = generations.filter((generation) => runs(generation, active));
  const above = running.find(({ number }) => profile !== null && number > profile);
  if (above) return before(above);
  const below = running.at(-1);
  if (below) return goal(below, profile, below.path === active);
  return led && !isProfileNewer ? goal(led, profile, false) : null;
}

const goal = ({ number, path }: Generation, profileBefore: number | null, wasActive: boolean): RollbackGoal => ({
  generation: number,
  path,
  wasActive,
  profileBefore,
});
