import type { HostFacts } from '../spool/platform.ts';
import { readFlakeLock } from './git/flake-lock.ts';
import { readRepoCommit } from './git/repo-facts.ts';
import { readGeneration, readSystemPath } from './nix/generation.ts';
import { checksFileOf, type PlatformSettings } from './platform-settings.ts';
import { readChecks } from './step/checks.ts';

/** Where a platform shows what is active. */
export type ActiveSystem = {
  /** The profile with the generations; null where there is none. */
  profile: string | null;
  /** Links to what is active; the first that leads anywhere counts. */
  links: readonly string[];
};

/** A fresh sample, by reading a handful of small files. What can't be read is null. */
export async function readFacts(settings: PlatformSettings, system: ActiveSystem): Promise<HostFacts> {
  const { repo, agentInput } = settings;
  const [repoCommit, lock, generation, systemPath, checks] = await Promise.all([
    repo && readRepoCommit(repo.dir),
    repo && readFlakeLock(repo.dir, repo.flakeDir),
    system.profile === null ? null : readGeneration(system.profile),
    readSystemPath(system.links),
    readChecks(checksFileOf(settings)),
  ]);
  return {
    repoCommit,
    lockHash: lock?.hash ?? null,
    expectedCommit: lock?.revOf(agentInput) ?? null,
    generation,
    systemPath,
    checks,
  };
}
