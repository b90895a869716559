import { join } from 'node:path';
import type { Platform } from '../spool/platform.ts';
import { createNixSystem } from './nix-system.ts';
import type { PlatformSettings } from './platform-settings.ts';

/**
 * One user's home. Its activation takes the profile's target for the previous generation (since 25.11 its own link), and compares with it to
 * find leftover services and files. An older activation then sets the profile itself. Setting it again to the same path makes no second
 * generation, but a rollback leaves the activation's generation behind.
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
