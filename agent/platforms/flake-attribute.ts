import type { PlatformName } from '../../shared/ops/op-definition.ts';

export type FlakePlatform = Exclude<PlatformName, 'custom'>;

/** For each platform built from a flake: the output with its configurations, and the part of one that a switch builds. */
const BUILT = {
  nixos: { output: 'nixosConfigurations', attribute: 'config.system.build.toplevel' },
  'nix-darwin': { output: 'darwinConfigurations', attribute: 'system' },
  'home-manager': { output: 'homeConfigurations', attribute: 'activationPackage' },
} as const satisfies Record<FlakePlatform, { output: string; attribute: string }>;

/** The configuration of the host with this name, as an attribute path of its flake. */
export const configurationOf = (platform: FlakePlatform, hostname: string): string =>
  `${BUILT[platform].output}."${hostname}"`;

/** The attribute that a switch of that host builds. */
export const builtAttribute = (platform: FlakePlatform, hostname: string): string =>
  `${configurationOf(platform, hostname)}.${BUILT[platform].attribute}`;
