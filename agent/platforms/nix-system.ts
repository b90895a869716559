import { join } from 'node:path';
import type { Feature } from '../../shared/wire/features.ts';
import { guardStore } from '../guard/guard-store.ts';
import type { CommandContext, Platform, Step } from '../spool/platform.ts';
import { type Asked, activationSteps } from './activation-steps.ts';
import { commonOps, fetchSteps, pullSteps, repoFeatures, wantedBy } from './common-ops.ts';
import { readFacts } from './facts.ts';
import { builtAttribute } from './flake-attribute.ts';
import { flakeOf, lockOption, UNSIGNED_BUMP } from './flake-reference.ts';
import { garbageSteps } from './gc-op.ts';
import { gitStep } from './git/git.ts';
import { flakeFault, type Repo, repoFault } from './git/repo.ts';
import { wantedArgs } from './git/wanted-commit.ts';
import {
  type Generation,
  generationLink,
  isNewer,
  listGenerations,
  readGeneration,
  readSystemPath,
  readTarget,
  runs,
} from './nix/generation.ts';
import { readIdle } from './nix/idle-generations.ts';
import type { NextBootBrief } from './nix/next-boot.ts';
import type { PreviewBrief } from './nix/preview/preview.ts';
import { planRollback } from './nix/rollback-plan.ts';
import { activatedLinks, type NixKind } from './nix-kind.ts';
import { createPlannedPlatform, type OpPlans } from './planned-platform.ts';
import { checksFileOf, idleFileOf, type PlatformSettings } from './platform-settings.ts';
import { bootRoom, room } from './room-check.ts';
import { readEvidence } from './step/evidence.ts';
import type { Fault } from './step/fault.ts';
import { programStep } from './step/step-program.ts';

/** nix's out-link, in the command's own folder: it names what was built, and keeps it from the garbage collector. */
const OUT_LINK = 'result';

/** nix asks git for the flake; nix-env comes with nix, and stands in the steps themselves. */
const EVALUATION_TOOLS = ['nix', 'git'] as const;

export function createNixSystem(settings: PlatformSettings, kind: NixKind): Platform {
  const features: Feature[] = [
    ...repoFeatures(settings),
    ...(settings.repo ? (['preview'] as const) : []),
    ...(kind.guarded && settings.guard ? (['guard'] as const) : []),
  ];
  return createPlannedPlatform({
    ...settings,
    name: kind.name,
    features,
    // A coordinator without guards never confirms, so every activation would be undone.
    heeded: () => features.filter((feature) => feature !== 'guard' || settings.guard?.isKnown()),
    plans: {
      ...commonOps(settings),
      rollback: {
        steps: async (context, options) =>
          (await room(settings)) ?? rollback(settings, kind, { op: 'rollback', context, options }),
      },
      gc: { steps: (context, options) => garbageSteps(settings, kind.system, context, options) },
      ...(settings.repo ? flakeOps(settings, kind, settings.repo) : {}),
    },
    async evidence(_op, { evidenceDir, spoolDir }) {
      const builtPath = await readTarget(spoolDir, OUT_LINK);
      return { ...(builtPath ? { builtPath } : {}), ...(await readEvidence(evidenceDir)) };
    },
    facts: () => readFacts(settings, kind.system),
  });
}

function flakeOps(settings: PlatformSettings, kind: NixKind, repo: Repo): OpPlans {
  const { self, agentInput } = settings;
  const checksFile = checksFileOf(settings);
  const installableIn = (tree: Repo) => `${flakeOf(tree)}#${builtAttribute(kind.name, settings.hostname)}`;
  const installable = installableIn(repo);

  /** `buildOptions`: nix options that bypass its caches. */
  const switchSteps = async (asked: Asked, ...buildOptions: string[]): Promise<Step[]> => {
    const outLink = join(asked.context.spoolDir, OUT_LINK);
    const build = ['build', installable, '--out-link', outLink, lockOption(repo), ...buildOptions];
    const { builtPath } = asked.options;
    return [
      { ...programStep(self, 'build', 'nix', ...build), cwd: repo.dir },
      ...(typeof builtPath === 'string' ? [programStep(self, 'check', 'check-built', outLink, builtPath)] : []),
      ...bootRoom(settings, kind.asks, outLink),
      ...(await activationSteps(settings, kind, { asked, system: outLink, setting: ['--set', outLink] })),
    ];
  };
  const bootSteps = async ({ spoolDir }: CommandContext): Promise<Step[] | Fault> => {
    if (await guardStore(settings.stateDir).plan()) return { exitCode: 1, message: UNDECIDED };
    const built = join(spoolDir, OUT_LINK);
    const brief: NextBootBrief = { built, profile: kind.system.profile, asks: kind.asks };
    const build = ['build', installable, '--out-link', built, lockOption(repo)];
    return inRepo([
      { ...programStep(self, 'build', 'nix', ...build), cwd: repo.dir },
      ...bootRoom(settings, kind.asks, built),
      programStep(self, 'boot', 'set-next-boot', JSON.stringify(brief)),
    ]);
  };
  const lock = () => programStep(self, 'lock', 'refresh-lock', repo.dir, repo.flakeDir ?? '', agentInput, checksFile);
  const system = () =>
    programStep(
      self,
      'evaluate',
      'refresh-system',
      repo.dir,
      installable,
      lockOption(repo),
      checksFile,
      ...kind.system.links,
    );
  const inRepo = async (steps: Step[] | Promise<Step[]>) =>
    (await repoFault(repo)) ?? (await flakeFault(repo)) ?? (await steps);
  const withRoom = async (steps: () => Promise<Step[] | Fault>) => (await room(settings)) ?? steps();

  return {
    switch: {
      tools: EVALUATION_TOOLS,
      steps: (context, options) => withRoom(() => inRepo(switchSteps({ op: 'switch', context, options }))),
    },
    'pull-switch': {
      tools: EVALUATION_TOOLS,
      steps: (context, options) =>
        withRoom(async () => [
          ...pullSteps(settings, repo, wantedBy(context, options)),
          ...(await switchSteps({ op: 'pull-switch', context, options })),
        ]),
    },
    preview: {
      tools: EVALUATION_TOOLS,
      steps: async (context, options) => {
        const wanted = wantedBy(context, options);
        const tree = { ...repo, dir: join(context.spoolDir, 'tree') };
        const built = join(context.spoolDir, OUT_LINK);
        const { links, booted = null } = kind.system;
        const brief: PreviewBrief = { wantedFile: wanted.file, built, links: [...links], booted, asks: kind.asks };
        const owner = repo.url === null ? 'theirs' : 'ours';
        const build = ['build', installableIn(tree), '--out-link', built, lockOption(repo)];
        return withRoom(async () => [
          ...fetchSteps(settings, repo, wanted),
          gitStep(self, 'checkout', 'lay-tree', repo.dir, tree.dir, owner, ...wantedArgs(wanted)),
          { ...programStep(self, 'build', 'nix', ...build), cwd: tree.dir },
          programStep(self, 'compare', 'tell-preview', JSON.stringify(brief)),
        ]);
      },
    },
    // Homes don't boot.
    ...(kind.name === 'home-manager'
      ? {}
      : { boot: { tools: EVALUATION_TOOLS, steps: (context) => withRoom(() => bootSteps(context)) } }),
    // Not `--rebuild`: it rebuilds existing paths to compare them, and fails for missing ones.
    'force-rebuild': {
      tools: EVALUATION_TOOLS,
      steps: (context, options) => {
        const asked = { op: 'force-rebuild', context, options };
        return withRoom(() => inRepo(switchSteps(asked, '--refresh', '--option', 'eval-cache', 'false')));
      },
    },
    'bump-flake': {
      tools: EVALUATION_TOOLS,
      steps: async () =>
        repo.signers
          ? { exitCode: 1, message: UNSIGNED_BUMP }
          : inRepo([programStep(self, 'bump', 'bump-flake', repo.dir, repo.flakeDir ?? '', agentInput)]),
    },
    'refresh-system': { tools: EVALUATION_TOOLS, steps: () => inRepo([system()]) },
    'refresh-all': { tools: EVALUATION_TOOLS, steps: () => inRepo([lock(), system()]) },
  };
}

const UNDECIDED = 'an activation on this host is not decided yet; wait until it is kept or undone';

/** By number: `--set` would make a new generation, and the next rollback would lead back here. */
async function rollback(settings: PlatformSettings, kind: NixKind, asked: Asked): Promise<Step[] | Fault> {
  const { profile } = kind.system;
  const [generations, current, found, isProfileNewer, idle] = await Promise.all([
    listGenerations(profile),
    readGeneration(profile),
    readSystemPath(activatedLinks(kind)),
    isNewer(profile, activatedLinks(kind)),
    readIdle(idleFileOf(settings)),
  ]);
  // An activation told to keep no root left a stale root here.
  const active = kind.activated && !generations.some((generation) => runs(generation, found)) ? null : found;
  const goal = planRollback({ generations, profile: current, active, isProfileNewer, idle });
  if (goal === null) return { exitCode: 1, message: noWayBack(profile, current, active, generations) };
  const system = generationLink(profile, goal.generation);
  const setting = ['--switch-generation', String(goal.generation)];
  return activationSteps(settings, kind, { asked, system, setting, goal });
}

function noWayBack(
  profile: string,
  current: number | null,
  active: string | null,
  generations: readonly Generation[],
): string {
  if (active !== null && current !== null && !generations.some((generation) => runs(generation, active)))
    return `${active} is active, and no generation of ${profile} leads to it; generation ${current} may never have run. To put the profile back: nix-env --profile ${profile} --set ${active}`;
  if (current === null) return `${profile} has no active generation: there is nothing to roll back to`;
  const that = generations.some(({ number }) => number < current) ? ' of another system that ran' : '';
  return `${profile} has no generation before ${current}${that}: there is nothing to roll back to`;
}
