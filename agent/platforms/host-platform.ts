import { assertNever } from '../../shared/assert-never.ts';
import type { PlatformName } from '../../shared/ops/op-definition.ts';
import type { Platform } from '../spool/platform.ts';
import { createCustom } from './custom.ts';
import { createHomeManager } from './home-manager.ts';
import { createNixDarwin } from './nix-darwin.ts';
import { createNixos } from './nixos.ts';
import type { PlatformSettings } from './platform-settings.ts';

/** The platform of this name, for this host. */
export function createHostPlatform(name: PlatformName, settings: PlatformSettings): Platform {
  switch (name) {
    case 'nixos':
      return createNixos(settings);
    case 'nix-darwin':
      return createNixDarwin(settings);
    case 'home-manager':
      return createHomeManager(settings);
    case 'custom':
      return createCustom(settings);
    default:
      return assertNever(name);
  }
}
