import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
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

/** A generation of a profile that still exists: its store path, and those of its specialisations. */
export type Generation = { number: number; path: string; specialisations: readonly string[] };

/** Whether the system at `active` is this generation, or a specialisation of it. */
export const runs = ({ path, specialisations }: Generation, active: string | null): boolean =>
  active !== null && (path === active || specialisations.includes(active));

/** Whether the link `one` was set after the first of `others` that is there. */
export async function isNewer(one: string, others: readonly string[]): Promise<boolean> {
  const [at, ...rest] = await Promise.all([one, ...others].map((link) => lstat(link).catch(() => null)));
  const other = rest.find((stat) => stat !== null);
  return !!at && !!other && at.mtimeMs > other.mtimeMs;
}

/** All of them, the lowest first. */
export async function listGenerations(profile: string): Promise<Generation[]> {
  const dir = dirname(profile);
  const names = await readdir(dir).catch(() => []);
  const found = await Promise.all(
    names.map(async (name): Promise<Generation | null> => {
      const number = numberIn(profile, name);
      const path = number === null ? null : await readSystemPath([join(dir, name)]);
      if (number === null || path === null) return null;
      return { number, path, specialisations: await listSpecialisations(path) };
    }),
  );
  return found.filter((generation) => generation !== null).sort((one, other) => one.number - other.number);
}

async function listSpecialisations(system: string): Promise<string[]> {
  const dir = join(system, 'specialisation');
  const names = await readdir(dir).catch(() => []);
  const paths = await Promise.all(names.map((name) => readSystemPath([join(dir, name)])));
  return paths.filter((path) => path !== null);
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
