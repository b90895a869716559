import { guardStore } from '../guard/guard-store.ts';
import type { CommandContext, Step } from '../spool/platform.ts';
import type { ActiveSystem } from './facts.ts';
import type { GarbageBrief } from './nix/garbage.ts';
import type { Options } from './planned-platform.ts';
import { idleFileOf, type PlatformSettings } from './platform-settings.ts';
import { programStep } from './step/step-program.ts';

/** The steps of a `gc`. */
export async function garbageSteps(
  settings: PlatformSettings,
  system: ActiveSystem & { profile: string },
  { spoolDir }: CommandContext,
  { keepGenerations, olderThanDays }: Options,
): Promise<Step[]> {
  const plan = await guardStore(settings.stateDir).plan();
  const count = (value: unknown) => (typeof value === 'number' ? value : null);
  const brief: GarbageBrief = {
    profile: system.profile,
    links: [...system.links],
    booted: system.booted ?? null,
    idleFile: idleFileOf(settings),
    guarded: plan ? [plan.old, plan.new] : [],
    folder: spoolDir,
    keepGenerations: count(keepGenerations),
    olderThanDays: count(olderThanDays),
  };
  return [programStep(settings.self, 'gc', 'collect-garbage', JSON.stringify(brief))];
}
