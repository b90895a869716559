import { join } from 'node:path';
import type { Platform } from '../spool/platform.ts';
import { createNixSystem } from './nix-system.ts';
import type { PlatformSettings } from './platform-settings.ts';

/**
 * One user's home. Its activation takes the profile for the generation before (since 25.11 a link of its own): what services and files are
 * left over is told by comparing the two. An older one then sets the profile itself; set again to the same path, that makes no second
 * generation, but a rollback leaves the one that the activation made behind.
 */
export function createHomeManager(settings: PlatformSettings): Platform {
  const profile = settings.profile ?? settings.homeLinks.profile;
  return createNixSystem(settings, {
    name: 'home-manager',
    check: null,
    activator: 'activate-home',
    activation: (system) => [join(system, 'activate')],
    system: { profile, links: [profile] },
    // Its last deed, where all of it succeeded.
    activated: [settings.homeLinks.current, profile],
    unitsFailedCode: null,
    profileBoots: false,
    profileFollows: true,
    asks: false,
    guarded: null,
  });
}
