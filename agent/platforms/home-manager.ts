import { join } from 'node:path';
import type { Platform } from '../platform.ts';
import { createNixSystem } from './nix-system.ts';
import type { PlatformSettings } from './platform-settings.ts';

/** One user's home. Its activation sets the profile itself; set before, to the same path, that makes no second generation. */
export function createHomeManager(settings: PlatformSettings): Platform {
  const profile = settings.profile ?? join(settings.home, '.local/state/nix/profiles/home-manager');
  return createNixSystem(settings, {
    name: 'home-manager',
    attribute: (name) => `homeConfigurations."${name}".activationPackage`,
    activation: (system) => [join(system, 'activate')],
    system: { profile, links: [profile] },
  });
}
