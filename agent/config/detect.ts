import { existsSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import type { PlatformName } from '../../shared/ops.ts';

export const LAUNCHERS = ['systemd', 'process'] as const;
export type LauncherName = (typeof LAUNCHERS)[number];

/** What detection looks at, so that tests can be any machine. */
export type Machine = {
  os: NodeJS.Platform;
  uid: number;
  user: string;
  home: string;
  hostname: string;
  exists(path: string): boolean;
};

export const thisMachine = (): Machine => {
  const user = userInfo();
  return {
    os: process.platform,
    uid: user.uid,
    user: user.username,
    home: homedir(),
    hostname: hostname(),
    exists: existsSync,
  };
};

/** The kind of host this is, by what its activation leaves behind. */
export function detectPlatform(machine: Machine): PlatformName {
  if (machine.exists('/etc/NIXOS') || machine.exists('/run/current-system/nixos-version')) return 'nixos';
  if (machine.os === 'darwin' && machine.exists('/run/current-system')) return 'nix-darwin';
  const profiles = [
    join(machine.home, '.local/state/nix/profiles/home-manager'),
    join('/nix/var/nix/profiles/per-user', machine.user, 'home-manager'),
  ];
  return profiles.some(machine.exists) ? 'home-manager' : 'custom';
}

/** Why commands cannot be units of this machine's systemd; null if they can. `path`: the folders to find tools in, as PATH is. */
export function systemdMissing(machine: Machine, path: string): string | null {
  // What systemd itself goes by: the folder is there where it runs as the machine's init.
  if (machine.os !== 'linux' || !machine.exists('/run/systemd/system')) return 'systemd does not run this machine';
  if (machine.uid !== 0) return 'only root may start system units';
  const found = path.split(delimiter).some((folder) => machine.exists(join(folder, 'systemd-run')));
  return found ? null : 'systemd-run is not in PATH';
}
