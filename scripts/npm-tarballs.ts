/**
 * Writes systemd/nix/npm-tarballs.json: `node scripts/npm-tarballs.ts`, after every change of package-lock.json. Needs Nix, npm,
 * and its registry.
 * The file has a hash for each system: Nix's hash of the folder of tarballs that systemd/nix/npm-tarballs.nix makes npm fetch.
 * This script fetches them in the same way, checks each against package-lock.json, and lets Nix hash the folder. `lock` names the
 * packages behind the hashes.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, nix, ROOT } from '../tests/packaging/evaluate.ts';

const HASHES_FILE = join(ROOT, 'systemd/nix/npm-tarballs.json');
const SYSTEMS = ['aarch64-darwin', 'aarch64-linux', 'x86_64-darwin', 'x86_64-linux'];

type Tarballs = Record<string, { file: string; integrity: string }>;

/** The file's content: `lock`, and one hash per system. */
export type Hashes = Record<string, string>;

export const readHashes = (): Hashes => JSON.parse(readFileSync(HASHES_FILE, 'utf8')) as Hashes;

/** The packages in package-lock.json, whatever the version of Switchyard itself. */
export function lockDigest(lock: string): string {
  const { packages } = JSON.parse(lock) as { packages: Record<string, { version?: string; integrity?: string }> };
  const lines = Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, { version, integrity }]) => `${path} ${version} ${integrity}\n`);
  return createHash('sha256').update(lines.sort().join('')).digest('base64url');
}

export const readLock = (): string => readFileSync(join(ROOT, 'package-lock.json'), 'utf8');

/** The packages that a build on `system` uses, by name and version. */
export const tarballsOf = (system: string): Tarballs =>
  evaluate(
    `let pkgs = import ./pkgs.nix { system = "${system}"; }; in (pkgs.callPackage ../../systemd/nix/npm-tarballs.nix { }).tarballs`,
  ) as Tarballs;

/** Throws if a tarball is missing, or differs from the lock file. */
function verify(folder: string, tarballs: Tarballs): void {
  const files = Object.values(tarballs).map(({ file }) => file);
  if (readdirSync(folder).sort().join() !== files.sort().join()) throw new Error(`npm fetched other files: ${folder}`);
  for (const { file, integrity } of Object.values(tarballs)) {
    const [algorithm = '', expected] = integrity.split('-', 2);
    const found = createHash(algorithm)
      .update(readFileSync(join(folder, file)))
      .digest('base64');
    if (found !== expected) throw new Error(`${file} is not what package-lock.json says`);
  }
}

/** The hash of the folder of tarballs on each system. */
function npmHashes(systems: readonly string[] = SYSTEMS): Hashes {
  const dir = mkdtempSync(join(tmpdir(), 'npm-tarballs-'));
  try {
    return Object.fromEntries(
      systems.map((system) => {
        const folder = join(dir, system);
        const tarballs = tarballsOf(system);
        mkdirSync(folder);
        const options = ['--silent', '--prefer-offline', '--pack-destination', folder];
        execFileSync('npm', ['pack', ...options, ...Object.keys(tarballs)], {
          cwd: dir,
          stdio: ['ignore', 'ignore', 'inherit'],
        });
        verify(folder, tarballs);
        return [system, nix('nix', ['hash', 'path', folder]).trim()];
      }),
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
}

if (import.meta.main) {
  const hashes = { lock: lockDigest(readLock()), ...npmHashes() };
  writeFileSync(HASHES_FILE, `${JSON.stringify(hashes, null, 2)}\n`);
}
