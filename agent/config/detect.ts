import { existsSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import type { PlatformName } from '../../shared/ops/op-definition.ts';
import type { Environment } from '../../shared/settings/options.ts';

export const LAUNCHERS = ['systemd', 'process'] as const;
export type LauncherName = (typeof LAUNCHERS)[number];

/** Everything that detection reads. Tests pose as any machine. */
export type Machine = {
  os: NodeJS.Platform;
  uid: number;
  user: string;
  /** Where the user's programs keep their state: XDG_STATE_HOME, or its default. */
  stateHome: string;
  hostname: string;
  exists(path: string): boolean;
};

export const thisMachine = (env: Environment): Machine => {
  const user = userInfo();
  // The specification of these variables says to ignore a relative path.
  const stateHome = env.XDG_STATE_HOME?.startsWith('/') ? env.XDG_STATE_HOME : join(homedir(), '.local/state');
  return {
    os: process.platform,
    uid: user.uid,
    user: user.username,
    stateHome,
    hostname: hostname(),
    exists: existsSync,
  };
};

/** The kind of host, by the traces of its activation. */
export function detectPlatform(machine: Machine): PlatformName {
  if (machine.exists('/etc/NIXOS') || machine.exists('/run/current-system/nixos-version')) return 'nixos';
  if (machine.os === 'darwin' && machine.exists('/run/current-system')) return 'nix-darwin';
  return profileFolders(machine).some((folder) => machine.exists(join(folder, 'home-manager')))
    ? 'home-manager'
    : 'custom';
}

/** Where Nix keeps a user's profiles, and where versions before 2.14 kept them. */
const profileFolders = ({ stateHome, user }: Machine) =>
  [join(stateHome, 'nix/profiles'), join('/nix/var/nix/profiles/per-user', user)] as const;

/** home-manager's links: `profile` leads to its generations, `current` to the last activated one. */
export type HomeLinks = { profile: string; current: string };

/** As home-manager finds them: in the first of Nix's folders that exists. */
export function homeLinks(machine: Machine): HomeLinks {
  const [folder, formerly] = profileFolders(machine);
  const profiles = !machine.exists(folder) && machine.exists(formerly) ? formerly : folder;
  return {
    profile: join(profiles, 'home-manager'),
    current: join(machine.stateHome, 'home-manager/gcroots/current-home'),
  };
}

/** Why commands cannot be units of this machine's systemd; null if they can. `path`: folders to search for tools, like PATH. */
export function systemdMissing(machine: Machine, path: string): string | null {
  // systemd's own test: the folder exists if systemd runs as the machine's init.
  if (machine.os !== 'linux' || !machine.exists('/run/systemd/system')) return 'systemd does not run this machine';
  if (machine.uid !== 0) return 'only root may start system units';
  const found = path.split(delimiter).some((folder) => machine.exists(join(folder, 'systemd-run')));
  return found ? null : 'systemd-run is not in PATH';
}
