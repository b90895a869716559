import { join } from 'node:path';
import type { HomeLinks } from '../config/detect.ts';
import type { OpsFileOps } from '../config/ops-file.ts';
import type { Repo } from './git/repo.ts';
import type { Self } from './step/step-program.ts';

/** What of the agent's config and of the machine a platform is made from. */
export type PlatformSettings = {
  self: Self;
  /** What `--version` prints of this agent, behind its name. */
  version: string;
  stateDir: string;
  repo: Repo | null;
  /** This host's name in the configuration. */
  hostname: string;
  /** The profile link that a switch sets; null for the platform's own. */
  profile: string | null;
  installedPath: string | null;
  agentInput: string;
  opsFile: OpsFileOps;
  /** PATH as commands have it. */
  path: string;
  /** Of the home of the user that the agent runs as. */
  homeLinks: HomeLinks;
  os: NodeJS.Platform;
  isRoot: boolean;
};

export const checksFileOf = (settings: PlatformSettings): string => join(settings.stateDir, 'checks.json');

export const idleFileOf = (settings: PlatformSettings): string => join(settings.stateDir, 'idle-generations.json');
