import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildingPkgs } from './building.ts';
import { nix, ROOT, storeEnvironment } from './evaluate.ts';
import { STAND_IN, type World } from './hosts.ts';

const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Operator', '-c', 'user.email=operator@example.com', ...args], {
    cwd,
    encoding: 'utf8',
  }).trim();

/** Commits everything in the folder; returns the commit's id. */
export function commitAll(repo: string): string {
  if (!existsSync(join(repo, '.git'))) git(repo, 'init', '--quiet', '--initial-branch=main');
  git(repo, 'add', '--all');
  git(repo, 'commit', '--quiet', '--allow-empty', '-m', 'a release');
  return git(repo, 'rev-parse', 'HEAD');
}

export type Flakes = { nixpkgs: string; switchyard: string };

const flakesIn = (folder: string): Flakes => ({
  nixpkgs: join(folder, 'nixpkgs'),
  switchyard: join(folder, 'switchyard'),
});

/** The parts of this repository that its copy holds. */
const PARTS = [
  ...['agent', 'coordinator', 'shared', 'scripts', 'systemd', 'tests/packaging'],
  ...['LICENSE', 'flake.nix', 'package.json', 'package-lock.json', 'tsconfig.json'],
];

/**
 * Two repositories: a flake that stands in for nixpkgs, and this one, locked to it. All suites on the same files share them, and so
 * their commits, so that root's Nix builds the programs once. `folder` is for a caller with a store of its own, or a real world.
 */
export function makeFlakes(folder: string, world: World): Flakes {
  if (world !== STAND_IN || process.getuid?.() !== 0) {
    mkdirSync(folder, { recursive: true });
    layFlakes(folder, world);
    return flakesIn(folder);
  }
  const cache = join(ROOT, 'node_modules/.cache/packaging');
  mkdirSync(cache, { recursive: true });
  const shared = join(cache, `flakes-${keyOf(PARTS)}`);
  // One maker at a time: their addresses are in them, so they can't be made elsewhere and moved.
  execFileSync('flock', [join(cache, 'lock'), process.execPath, import.meta.filename, shared]);
  return flakesIn(shared);
}

function keyOf(parts: readonly string[]): string {
  const hash = createHash('sha256').update(`${process.execPath}\0${process.env.PATH}\0`);
  for (const part of parts)
    for (const file of globSync([part, `${part}/**/*`], { cwd: ROOT }).sort())
      if (statSync(join(ROOT, file)).isFile()) hash.update(`${file}\0`).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex').slice(0, 16);
}

function layFlakes(folder: string, world: World): void {
  const { nixpkgs, switchyard } = flakesIn(folder);
  cpSync(join(ROOT, 'tests/packaging'), nixpkgs, { recursive: true });
  if (world.libDir) {
    rmSync(join(nixpkgs, 'lib'), { recursive: true });
    cpSync(world.libDir, join(nixpkgs, 'lib'), { recursive: true });
  }
  const pkgs = buildingPkgs({ ...world, lib: './lib' }).replace(
    'import ./pkgs.nix {',
    'import ./pkgs.nix { inherit system;',
  );
  writeFileSync(
    join(nixpkgs, 'flake.nix'),
    `{
      outputs = { self }:
        let
          plain = import ./lib;
          systems = [ "aarch64-darwin" "aarch64-linux" "x86_64-darwin" "x86_64-linux" ];
        in
        rec {
          legacyPackages = plain.genAttrs systems (system: ${pkgs});
          lib = plain // { nixosSystem = import ./nixos-system.nix { lib = plain; inherit legacyPackages; }; };
        };
    }`,
  );
  commitAll(nixpkgs);

  mkdirSync(switchyard);
  for (const part of PARTS) cpSync(join(ROOT, part), join(switchyard, part), { recursive: true });
  const flake = readFileSync(join(switchyard, 'flake.nix'), 'utf8');
  writeFileSync(join(switchyard, 'flake.nix'), flake.replace(/github:NixOS\/nixpkgs\/[\w-]+/, `git+file://${nixpkgs}`));
  commitAll(switchyard);
  nix('nix', ['flake', 'lock', switchyard], storeEnvironment(folder));
  commitAll(switchyard);
}

/** Repositories older than this belong to no other run. */
const KEPT_MS = 24 * 3_600_000;

if (import.meta.main) {
  const [, , folder = ''] = process.argv;
  for (const old of globSync('flakes-*', { cwd: dirname(folder) }).map((name) => join(dirname(folder), name)))
    if (old !== folder && Date.now() - statSync(old).mtimeMs > KEPT_MS) rmSync(old, { recursive: true, force: true });
  const isMade = join(folder, 'made');
  if (!existsSync(isMade)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    layFlakes(folder, STAND_IN);
    writeFileSync(isMade, '');
  }
}
