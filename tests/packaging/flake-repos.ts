import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildingPkgs } from './building.ts';
import { nix, ROOT, storeEnvironment } from './evaluate.ts';
import type { World } from './hosts.ts';

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

/** Makes two repositories in the folder: a flake that stands in for nixpkgs, and this one, locked to it. */
export function makeFlakes(folder: string, world: World): { nixpkgs: string; switchyard: string } {
  const nixpkgs = join(folder, 'nixpkgs');
  cpSync(join(ROOT, 'tests/packaging'), nixpkgs, { recursive: true });
  if (world.libDir) {
    rmSync(join(nixpkgs, 'lib'), { recursive: true });
    cpSync(world.libDir, join(nixpkgs, 'lib'), { recursive: true });
  }
  const pkgs = buildingPkgs(folder, { ...world, lib: './lib' }).replace(
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

  const switchyard = join(folder, 'switchyard');
  mkdirSync(switchyard);
  const parts = ['agent', 'coordinator', 'shared', 'scripts', 'systemd', 'tests/packaging'];
  for (const part of [...parts, 'LICENSE', 'flake.nix', 'package.json', 'package-lock.json', 'tsconfig.json'])
    cpSync(join(ROOT, part), join(switchyard, part), { recursive: true });
  const flake = readFileSync(join(switchyard, 'flake.nix'), 'utf8');
  writeFileSync(join(switchyard, 'flake.nix'), flake.replace(/github:NixOS\/nixpkgs\/[\w-]+/, `git+file://${nixpkgs}`));
  commitAll(switchyard);
  nix('nix', ['flake', 'lock', switchyard], storeEnvironment(folder));
  commitAll(switchyard);
  return { nixpkgs, switchyard };
}
