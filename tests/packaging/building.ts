import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './evaluate.ts';
import { STAND_IN, type World } from './hosts.ts';

/**
 * Nix expression of pkgs that can build: with this machine's Node, and its npm, by which a build without a home reaches the
 * registry, and whose cache has the packages of `npm ci`. `folder` is the caller's, for the command that does so.
 */
export function buildingPkgs(folder: string, { lib }: World = STAND_IN): string {
  const setting = (name: string) =>
    execFileSync('npm', ['config', 'get', name], { encoding: 'utf8', cwd: ROOT }).trim();
  const options = ['cache', 'registry', 'userconfig'].map((name) => `--${name}='${setting(name)}'`);
  const npm = join(folder, 'npm');
  const program = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
  writeFileSync(npm, `#!/bin/sh\nexec '${program}' ${options.join(' ')} --prefer-offline "$@"\n`);
  chmodSync(npm, 0o755);
  return `import ./pkgs.nix {
    lib = import ${lib};
    npm = "${npm}"; node = "${process.execPath}"; path = "${process.env.PATH}"; installed = "${ROOT}";
  }`;
}
