import type { Environment } from '../../shared/settings/options.ts';
import type { Config } from '../config/config.ts';
import { homeLinks, type Machine } from '../config/detect.ts';
import type { Platform } from '../spool/platform.ts';
import { repoOf } from './git/repo.ts';
import { guardSettingsOf } from './guard-settings.ts';
import { createHostPlatform } from './host-platform.ts';

/** This agent's platform, by config and machine. `peer`: the connected coordinator's features. */
export function createConfiguredPlatform(
  deps: { config: Config; release: string; entry: string; execPath: string; env: Environment; machine: Machine },
  bootId: string,
  peer: () => readonly string[],
): Platform {
  const { config, release, entry, execPath, env, machine } = deps;
  return createHostPlatform(config.platform, {
    self: [execPath, entry, 'step'],
    version: release,
    stateDir: config.stateDir,
    repo: repoOf(config),
    storeDir: env.NIX_STORE_DIR ?? '/nix/store',
    hostname: config.hostname,
    profile: config.profile,
    currentSystem: config.currentSystem,
    installedPath: config.installedPath,
    agentInput: config.agentInput,
    opsFile: config.ops,
    path: env.PATH ?? '',
    homeLinks: homeLinks(machine),
    os: machine.os,
    isRoot: machine.uid === 0,
    guard: guardSettingsOf(deps, bootId, peer),
  });
}
