import { join } from 'node:path';
import type { Feature } from '../../shared/wire/features.ts';
import type { CommandContext, Step } from '../spool/platform.ts';
import { pullCheckout } from './git/checkout.ts';
import { pullClone } from './git/clone/clone.ts';
import { gitStep } from './git/git.ts';
import { type Repo, repoFault } from './git/repo.ts';
import { verifySteps } from './git/verify.ts';
import type { Wanted } from './git/wanted-commit.ts';
import type { OpPlans, Options } from './planned-platform.ts';
import { checksFileOf, type PlatformSettings } from './platform-settings.ts';
import { programStep, type Self } from './step/step-program.ts';
import { findTool } from './step/tool.ts';

/** Every kind of host can do these, given a repository and the right to reboot. */
export function commonOps(settings: PlatformSettings): OpPlans {
  return { ...(settings.repo ? repoOps(settings, settings.repo) : {}), ...agentOps(settings), ...rebootOp(settings) };
}

/** Fetches the branch, decides which commit to check out, and asks whether that is trusted. */
export const fetchSteps = ({ self, path }: PlatformSettings, repo: Repo, wanted: Wanted): Step[] => [
  ...pullOf(self, repo, wanted).fetch,
  ...verifySteps(self, repo, wanted.file, path),
];

export const pullSteps = (settings: PlatformSettings, repo: Repo, wanted: Wanted): Step[] => [
  ...fetchSteps(settings, repo, wanted),
  ...pullOf(settings.self, repo, wanted).checkout,
  gitStep(settings.self, 'record', 'record-pull', repo.dir, wanted.file, repo.flakeDir ?? ''),
];

const pullOf = (self: Self, repo: Repo, wanted: Wanted) =>
  repo.url === null ? pullCheckout(self, repo, wanted) : pullClone(self, { ...repo, url: repo.url }, wanted);

export const repoFeatures = ({ repo }: PlatformSettings): Feature[] => (repo ? ['commit'] : []);

/** The commit that a pull's options ask for. */
export const wantedBy = ({ spoolDir }: CommandContext, { commit, allowOlder }: Options): Wanted => ({
  file: join(spoolDir, 'wanted-commit'),
  commit: typeof commit === 'string' ? commit : null,
  allowOlder: allowOlder === true,
});

function repoOps(settings: PlatformSettings, repo: Repo): OpPlans {
  const { self, hostname, agentInput } = settings;
  const checksFile = checksFileOf(settings);
  return {
    pull: {
      tools: ['git'],
      steps: async (context, options) => pullSteps(settings, repo, wantedBy(context, options)),
    },
    test: {
      steps: async () =>
        (await repoFault(repo)) ?? [
          programStep(self, 'test', 'run-tests', join(repo.dir, repo.flakeDir ?? ''), hostname, checksFile),
        ],
    },
    'refresh-lock': {
      steps: async () =>
        (await repoFault(repo)) ?? [
          programStep(self, 'lock', 'refresh-lock', repo.dir, repo.flakeDir ?? '', agentInput, checksFile),
        ],
    },
  };
}

function agentOps({ self, version, installedPath }: PlatformSettings): OpPlans {
  const installed = installedPath === null ? [] : [installedPath];
  return {
    'check-version': { steps: async () => [programStep(self, 'check', 'check-version', version, ...installed)] },
    // The agent leaves when the command has ended: there is nothing to run.
    restart: { steps: async () => [] },
  };
}

const REBOOTS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  linux: ['systemctl', 'reboot'],
  darwin: ['shutdown', '-r', 'now'],
};

/** Only for root, and if the machine has the program: elsewhere OPS_FILE may define a `reboot`. */
function rebootOp({ isRoot, os, path }: PlatformSettings): OpPlans {
  const argv = REBOOTS[os];
  if (!isRoot || !argv || !findTool(argv[0], path)) return {};
  return { reboot: { steps: async () => [{ phase: 'reboot', argv }] } };
}
