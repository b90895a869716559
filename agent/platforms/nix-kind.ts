import type { GuardedKind } from '../guard/guard-plan.ts';
import type { ActiveSystem } from './facts.ts';
import type { FlakePlatform } from './flake-attribute.ts';

/** The differences between kinds of hosts built from a flake. */
export type NixKind = {
  name: FlakePlatform;
  /** The step that asks whether a system can be activated, before the profile leads to it; null where any can. */
  check: 'check-darwin' | null;
  /** The step that runs the activation. */
  activator: 'activate' | 'activate-home';
  /** The program that activates the system at this path. */
  activation(system: string): readonly [string, ...string[]];
  system: ActiveSystem & { profile: string };
  /** Links to the last activated system, if not `system.links`. The first that leads anywhere counts. */
  activated?: readonly string[];
  /** The activation's exit code for failed units; null if there is none. */
  unitsFailedCode: number | null;
  /** The next boot starts the profile's target; there is no boot loader to write. */
  profileBoots: boolean;
  /** The activation compares with the profile's target, so it runs before the profile is set. */
  profileFollows: boolean;
  /** Its systems have a `switch-to-configuration` that lists its effects in advance. */
  asks: boolean;
  /** How its activations are guarded; null if they can't be. */
  guarded: GuardedKind | null;
};

/** Links to the system that was activated last. */
export const activatedLinks = ({ activated, system }: NixKind) => activated ?? system.links;
