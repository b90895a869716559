import { dirname, join } from 'node:path';
import type { Platform } from '../spool/platform.ts';
import { createNixSystem } from './nix-system.ts';
import type { PlatformSettings } from './platform-settings.ts';

/**
 * NixOS without `nixos-rebuild`: that runs the activation in its own unit, where a kill does not reach it, and its exit code
 * isn't the activation's.
 */
export function createNixos(settings: PlatformSettings): Platform {
  const profile = settings.profile ?? '/nix/var/nix/profiles/system';
  return createNixSystem(settings, {
    name: 'nixos',
    check: null,
    activator: 'activate',
    activation: (system) => [join(system, 'bin', 'switch-to-configuration'), 'switch'],
    system: {
      profile,
      links: [settings.currentSystem, profile],
      booted: join(dirname(settings.currentSystem), 'booted-system'),
    },
    unitsFailedCode: 4,
    profileBoots: false,
    profileFollows: false,
    asks: true,
    guarded: 'nixos',
  });
}
