import { readdir, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Nix keeps the generations of a profile beside it: PROFILE → PROFILE-12-link → store path. */
export const generationLink = (profile: string, generation: number): string => `${profile}-${generation}-link`;

/** The number in `NAME-12-link`; null for any other name. */
function numberIn(profile: string, linkName: string): number | null {
  const prefix = `${basename(profile)}-`;
  const digits = linkName.startsWith(prefix) ? /^(\d+)-link$/.exec(linkName.slice(prefix.length))?.[1] : undefined;
  return digits === undefined ? null : Number(digits);
}

/** The number of the active generation of `profile`; null where it has none. */
export async function readGeneration(profile: string): Promise<number | null> {
  try {
    return numberIn(profile, basename(await readlink(profile)));
  } catch {
    return null;
  }
}

/** The highest generation below the active one that still exists; null where there is none. */
export async function previousGeneration(profile: string): Promise<number | null> {
  const active = await readGeneration(profile);
  if (active === null) return null;
  const names = await readdir(dirname(profile)).catch(() => []);
  const earlier = names.map((name) => numberIn(profile, name)).filter((number) => number !== null && number < active);
  return earlier.length > 0 ? Math.max(...(earlier as number[])) : null;
}

/** Where the first of `links` that leads anywhere leads to; null where none does. */
export async function readSystemPath(links: readonly string[]): Promise<string | null> {
  for (const link of links) {
    const path = await realpath(link).catch(() => null);
    if (path) return path;
  }
  return null;
}

/** The target of a link as it stands, such as nix's out-link; null where there is no link. */
export const readTarget = (dir: string, name: string): Promise<string | null> =>
  readlink(join(dir, name)).catch(() => null);
