import { join } from 'node:path';
import type { GuardMode } from '../../shared/guard.ts';
import type { HomeLinks } from '../config/detect.ts';
import type { OpsFileOps } from '../config/ops-file.ts';
import type { Repo } from './git/repo.ts';
import type { Self } from './step/step-program.ts';

/** A host's settings for guards. */
export type GuardSettings = {
  /** If a command does not say. */
  mode: GuardMode;
  /** As the last resort. */
  reboots: boolean;
  /** The coordinator of the present connection knows of guards; one that does not would never keep anything. */
  isKnown(): boolean;
  /** Where their folders stand: nothing that an activation unmounts. */
  runDir: string;
  bootId: string;
  agentUnit: string | null;
  /** Commands run in their own units. */
  inUnit: boolean;
  /** The environment of its programs. Everybody may read it. */
  environment: Readonly<Record<string, string>>;
};

/** The parts of the agent's config and of the machine that a platform needs. */
export type PlatformSettings = {
  self: Self;
  /** What `--version` prints of this agent, after its name. */
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
  /** Of the home of the user that the agent runs as. */
  homeLinks: HomeLinks;
  os: NodeJS.Platform;
  isRoot: boolean;
  /** How activations are guarded; null if none is. */
  guard: GuardSettings | null;
};

export const checksFileOf = (settings: PlatformSettings): string => join(settings.stateDir, 'checks.json');

export const idleFileOf = (settings: PlatformSettings): string => join(settings.stateDir, 'idle-generations.json');
