import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GuardMode } from '../../shared/ops/guard.ts';
import type { Environment } from '../../shared/settings/options.ts';
import { passedEnvironment } from '../config/command-environment.ts';
import type { Config } from '../config/config.ts';
import type { Machine } from '../config/detect.ts';
import { GUARDED_KINDS } from '../guard/guard-plan.ts';
import { unitIn } from '../guard/own-unit.ts';

/** A host's guard settings. */
export type GuardSettings = {
  /** The default for commands. */
  mode: GuardMode;
  /** Reboots as the last resort. */
  reboots: boolean;
  /** Whether the connected coordinator knows guards. One that doesn't would never keep anything. */
  isKnown(): boolean;
  /** Holds the guards' folders, on a file system that no activation unmounts. */
  runDir: string;
  bootId: string;
  /** The agent's unit, or on macOS its launchd label; null if no service manager runs it. */
  agentUnit: string | null;
  /** Whether commands run in their own units. */
  inUnit: boolean;
  /** The environment of the guard's programs. Anyone may read it. */
  environment: Readonly<Record<string, string>>;
};

/** The environment of the guard's programs: only paths, because anyone may read it. */
const GUARD_VARIABLES = /^(PATH|HOME|LOCALE_ARCHIVE|NIX_(STORE|STATE|LOG)_DIR|NIX_REMOTE)$/;

/**
 * `peer`: the connected coordinator's features. Null if no guard can be armed: only NixOS and nix-darwin can activate a system without
 * moving the profile.
 */
export function guardSettingsOf(
  { config, env, machine }: { config: Config; env: Environment; machine: Machine },
  bootId: string,
  peer: () => readonly string[],
): GuardSettings | null {
  const isMac = machine.os === 'darwin';
  const run = machine.uid === 0 ? (isMac ? '/var/run' : '/run') : env.XDG_RUNTIME_DIR;
  if (!GUARDED_KINDS.some((kind) => kind === config.platform) || !run) return null;
  const inUnit = config.launcher === 'systemd';
  const passed = Object.entries(passedEnvironment(env)).filter(([name]) => GUARD_VARIABLES.test(name));
  return {
    mode: config.guard,
    reboots: config.guardReboot === 'on',
    isKnown: () => peer().includes('guard'),
    runDir: join(run, 'switchyard-guard'),
    bootId,
    agentUnit: isMac ? launchdLabel(env) : inUnit ? unitIn(readFileSync('/proc/self/cgroup', 'utf8')) : null,
    inUnit,
    environment: Object.fromEntries(passed),
  };
}

/** This process's launchd label; null if launchd did not start it. */
const launchdLabel = ({ XPC_SERVICE_NAME: label = '' }: Environment): string | null =>
  /^[A-Za-z][A-Za-z0-9._-]*$/.test(label) ? label : null;
