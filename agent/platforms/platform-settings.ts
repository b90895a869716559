import { join } from 'node:path';
import type { HomeLinks } from '../config/detect.ts';
import type { OpsFileOps } from '../config/ops-file.ts';
import type { Repo } from './git/repo.ts';
import type { GuardSettings } from './guard-settings.ts';
import type { Self } from './step/step-program.ts';

/** The parts of the agent's config and of the machine that a platform needs. */
export type PlatformSettings = {
  self: Self;
  /** The text that this agent's `--version` prints after its name. */
  version: string;
  stateDir: string;
  repo: Repo | null;
  /** Where Nix keeps what it builds. */
  storeDir: string;
  /** This host's name in the configuration. */
  hostname: string;
  /** The profile link that a switch sets; null for the platform's own. */
  profile: string | null;
  /** Link to the active system, if the kind of host has one. */
  currentSystem: string;
  installedPath: string | null;
  agentInput: string;
  opsFile: OpsFileOps;
  /** PATH as commands have it. */
  path: string;
  /** The home of the agent's user. */
  homeLinks: HomeLinks;
  os: NodeJS.Platform;
  isRoot: boolean;
  /** How activations are guarded; null if none is. */
  guard: GuardSettings | null;
};

export const checksFileOf = (settings: PlatformSettings): string => join(settings.stateDir, 'checks.json');

export const idleFileOf = (settings: PlatformSettings): string => join(settings.stateDir, 'idle-generations.json');
