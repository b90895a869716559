import { join } from 'node:path';
import type { HostFacts } from '../spool/platform.ts';
import { readFlakeLock } from './git/flake-lock.ts';
import { readRepoCommit } from './git/repo-facts.ts';
import { readBootPath } from './nix/boot-path.ts';
import { readGeneration, readSystemPath } from './nix/generation.ts';
import { checksFileOf, type PlatformSettings } from './platform-settings.ts';
import { readChecks } from './step/checks.ts';

/** Where a platform shows what is active. */
export type ActiveSystem = {
  /** The profile with the generations; null where there is none. */
  profile: string | null;
  /** Links to what is active; the first that leads anywhere counts. */
  links: readonly string[];
  /** Link to what this boot started; null where there is none, nor a boot loader that is known. */
  booted?: string | null;
};

/** A fresh sample, by reading a handful of small files. What can't be read is null. */
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

/** What of a system only a boot can put in place of another's. */
const OF_A_BOOT = ['kernel', 'initrd', 'kernel-modules'] as const;

/** Whether the active system needs another kernel, initrd or modules than were booted; null where one of the systems has not all of them. */
export async function isRebootNeeded(booted: string | null, active: string | null): Promise<boolean | null> {
  if (booted === null || active === null) return null;
  const partsOf = (system: string) => Promise.all(OF_A_BOOT.map((part) => readSystemPath([join(system, part)])));
  const [were, are] = await Promise.all([partsOf(booted), partsOf(active)]);
  if (were.includes(null) || are.includes(null)) return null;
  return were.some((part, index) => part !== are[index]);
}
