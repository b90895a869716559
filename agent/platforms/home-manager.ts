import { join } from 'node:path';
import type { Platform } from '../platform.ts';
import { createNixSystem } from './nix-system.ts';
import type { PlatformSettings } from './platform-settings.ts';

/**
 * One user's home. Its activation takes the profile for the generation before: what services and files are left over is told by comparing
 * the two. It then sets the profile itself, and setting it again to the same path makes no second generation.
 */
export function createHomeManager(settings: PlatformSettings): Platform {
  const profile = settings.profile ?? join(settings.home, '.local/state/nix/profiles/home-manager');
  return createNixSystem(settings, {
    name: 'home-manager',
    attribute: (name) => `homeConfigurations."${name}".activationPackage`,
    activation: (system) => [join(system, 'activate')],
    system: { profile, links: [profile] },
    profileFollows: true,
  });
}
