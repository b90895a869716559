import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GuardMode } from '../../shared/guard.ts';
import type { Environment } from '../../shared/options.ts';
import { passedEnvironment } from '../config/command-environment.ts';
import type { Config } from '../config/config.ts';
import type { Machine } from '../config/detect.ts';
import { unitIn } from '../guard/own-unit.ts';

/** A host's settings for guards. */
export type GuardSettings = {
  /** For commands that don't say. */
  mode: GuardMode;
  /** Reboots as the last resort. */
  reboots: boolean;
  /** The connected coordinator knows guards; one that doesn't would never keep anything. */
  isKnown(): boolean;
  /** Holds the folders of guards; on a file system that no activation unmounts. */
  runDir: string;
  bootId: string;
  agentUnit: string | null;
  /** Commands run in their own units. */
  inUnit: boolean;
  /** The environment of its programs. Everybody may read it. */
  environment: Readonly<Record<string, string>>;
};

/** The environment of the guard's programs: only paths, because everybody may read it. */
const GUARD_VARIABLES = /^(PATH|HOME|LOCALE_ARCHIVE|NIX_(STORE|STATE|LOG)_DIR|NIX_REMOTE)$/;

/**
 * `peer`: the features of the connected coordinator. Null if no guard can be armed: only NixOS has an activation that leaves profile and
 * boot default alone.
 */
export function guardSettingsOf(
  { config, env, machine }: { config: Config; env: Environment; machine: Machine },
  bootId: string,
  peer: () => readonly string[],
): GuardSettings | null {
  const run = machine.uid === 0 ? '/run' : env.XDG_RUNTIME_DIR;
  if (config.platform !== 'nixos' || machine.os !== 'linux' || !run) return null;
  const inUnit = config.launcher === 'systemd';
  const passed = Object.entries(passedEnvironment(env)).filter(([name]) => GUARD_VARIABLES.test(name));
  return {
    mode: config.guard,
    reboots: config.guardReboot === 'on',
    isKnown: () => peer().includes('guard'),
    runDir: join(run, 'switchyard-guard'),
    bootId,
    agentUnit: inUnit ? unitIn(readFileSync('/proc/self/cgroup', 'utf8')) : null,
    inUnit,
    environment: Object.fromEntries(passed),
  };
}
