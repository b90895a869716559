import type { HostFacts } from '../spool/platform.ts';
import { readFlakeLock } from './git/flake-lock.ts';
import { readRepoCommit } from './git/repo-facts.ts';
import { readBootPath } from './nix/boot-path.ts';
import { readGeneration, readSystemPath } from './nix/generation.ts';
import { isRebootNeeded } from './nix/reboot-needed.ts';
import { checksFileOf, type PlatformSettings } from './platform-settings.ts';
import { readChecks } from './step/checks.ts';

/** Where a platform keeps its active system. */
export type ActiveSystem = {
  /** The profile with the generations; null if there is none. */
  profile: string | null;
  /** Links to the active system; the first that leads anywhere counts. */
  links: readonly string[];
  /** Link to what this boot started; null if there is none, and no known boot loader. */
  booted?: string | null;
};

/** A fresh sample, from a handful of small files. Unreadable values are null. */
export async function readFacts(settings: PlatformSettings, system: ActiveSystem): Promise<HostFacts> {
  const { repo, agentInput } = settings;
  const { profile, links, booted = null } = system;
  const [repoCommit, lock, generation, systemPath, profilePath, bootPath, bootedPath, checks] = await Promise.all([
    repo && readRepoCommit(repo.dir),
    repo && readFlakeLock(repo.dir, repo.flakeDir),
    profile === null ? null : readGeneration(profile),
    readSystemPath(links),
    profile === null ? null : readSystemPath([profile]),
    booted === null ? null : readBootPath(),
    booted === null ? null : readSystemPath([booted]),
    readChecks(checksFileOf(settings)),
  ]);
  return {
    repoCommit,
    lockHash: lock?.hash ?? null,
    expectedCommit: lock?.revOf(agentInput) ?? null,
    generation,
    systemPath,
    profilePath,
    bootPath,
    bootedPath,
    rebootNeeded: await isRebootNeeded(bootedPath, systemPath),
    checks,
  };
}
