import type { RollbackGoal } from '../../../shared/model/report.ts';
import { type Generation, runs } from './generation.ts';
import { type IdleGeneration, isIdle } from './idle-generations.ts';

/**
 * The goal of a rollback, counted from the active system, not from the profile, which a refused activation may have moved. `generations`
 * are sorted by number; `profile` is the number of the profile's target, `active` the path of the active system, each null if unknown;
 * `isProfileNewer`: the profile moved after that system was activated; `idle`: generations that never ran. Null: there is no earlier
 * system.
 *
 * G1  A generation that only the profile has reached is never activated: the profile goes back to the active one.
 * G2  An active system without a generation leads back to the profile's target if it was activated later
 *     (`nixos-rebuild test`). Otherwise its own generation was deleted, and the profile's target may never have run.
 * G3  A specialisation runs as its generation. The system that it leads back to is not active yet.
 * G4  Otherwise the goal is the highest generation below the active one that has another system and is not idle. A second generation of
 *     the same system is skipped: it would change nothing.
 * G5  A refused switch leaves the profile at the highest generation. If the active system has a generation above the profile's, a
 *     rollback was refused and is tried again from there: an older generation of the same system proves nothing.
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
