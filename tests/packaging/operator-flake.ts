import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nix, storeEnvironment } from './evaluate.ts';
import { commitAll, makeFlakes } from './flake-repos.ts';
import { STAND_IN } from './hosts.ts';
import { flakeExample, moduleExample, NIX_EXAMPLES } from './install-page.ts';

/** A service as the stand-in for NixOS has it. */
export type Unit = {
  description: string;
  after: string[];
  wants: string[];
  wantedBy: string[];
  startLimitIntervalSec: number;
  /** Packages whose programs it finds. */
  path: string[];
  environment: Record<string, string>;
  serviceConfig: Record<string, string | number | boolean | string[]>;
};

/**
 * The repository of an operator who follows docs/install.md, below the folder: the page's pieces as one host. `remote` says where
 * coordinator and agent find it.
 */
export function operatorFlake(folder: string, remote: (repo: string) => string): string {
  const { nixpkgs, switchyard } = makeFlakes(folder, STAND_IN);
  const repo = join(folder, 'nixcfg');
  mkdirSync(join(repo, 'hosts'), { recursive: true });
  const flake = flakeExample().replace('git+https://git.example.com/switchyard', `git+file://${switchyard}`);
  writeFileSync(join(repo, 'flake.nix'), `{ inputs.nixpkgs.url = "git+file://${nixpkgs}"; ${flake} }`);
  const cli = NIX_EXAMPLES.find((text) => text.includes('.cli')) ?? '';
  const host = [
    `(${moduleExample('nixosModules.coordinator').replace('https://git.example.com/nixcfg', remote(repo))})`,
    `(${moduleExample('nixosModules.agent').replace('git@github.com:you/nixcfg.git', remote(repo))})`,
    `({ inputs, pkgs, ... }: { ${cli} })`,
  ];
  writeFileSync(join(repo, 'hosts/web1.nix'), `{ imports = [ ${host.join('\n')} ]; }`);
  commitAll(repo);
  nix('nix', ['flake', 'lock', repo], storeEnvironment(folder));
  commitAll(repo);
  return repo;
}

/** The built host: the system's path, and its units by name. */
export function buildSystem(folder: string, repo: string): { system: string; units: Record<string, Unit> } {
  const toplevel = `${repo}#nixosConfigurations.web1.config.system.build.toplevel`;
  const built = nix('nix', ['build', '--no-link', '--json', toplevel], storeEnvironment(folder));
  const system = (JSON.parse(built) as { outputs: { out: string } }[])[0]?.outputs.out ?? '';
  return { system, units: JSON.parse(readFileSync(join(system, 'units.json'), 'utf8')) as Record<string, Unit> };
}

/** The unit as NixOS writes it. `path`: what it adds to the folders of programs. */
export function writtenUnit(unit: Unit, path: string): string {
  const environment = { ...unit.environment, PATH: [...unit.path.map((one) => `${one}/bin`), path].join(':') };
  const setting = (value: string | number | boolean) => (typeof value === 'boolean' ? (value ? 'yes' : 'no') : value);
  return [
    '[Unit]',
    `Description=${unit.description}`,
    ...unit.after.map((one) => `After=${one}`),
    ...unit.wants.map((one) => `Wants=${one}`),
    `StartLimitIntervalSec=${unit.startLimitIntervalSec}`,
    '[Service]',
    ...Object.entries(environment).map(([name, value]) => `Environment=${JSON.stringify(`${name}=${value}`)}`),
    ...Object.entries(unit.serviceConfig).flatMap(([key, value]) =>
      [value].flat().map((one) => `${key}=${setting(one)}`),
    ),
    '[Install]',
    ...unit.wantedBy.map((one) => `WantedBy=${one}`),
    '',
  ].join('\n');
}
