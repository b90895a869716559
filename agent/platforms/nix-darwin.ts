import { join } from 'node:path';
import type { Platform } from '../spool/platform.ts';
import { createNixSystem } from './nix-system.ts';
import type { PlatformSettings } from './platform-settings.ts';

/** macOS as a whole, activated as root. */
export function createNixDarwin(settings: PlatformSettings): Platform {
  const profile = settings.profile ?? '/nix/var/nix/profiles/system';
  return createNixSystem(settings, {
    name: 'nix-darwin',
    check: 'check-darwin',
    activator: 'activate',
    activation: (system) => [join(system, 'activate')],
    system: { profile, links: [settings.currentSystem, profile] },
    unitsFailedCode: null,
    profileBoots: true,
    profileFollows: false,
    asks: false,
    guarded: 'nix-darwin',
  });
}
