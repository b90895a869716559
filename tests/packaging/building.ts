import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './evaluate.ts';
import { STAND_IN, type World } from './hosts.ts';

const CACHE = join(ROOT, 'node_modules/.cache/packaging');

/**
 * Nix expression of pkgs that can build: with this machine's Node, and its npm, by which a build without a home reaches the
 * registry, and whose cache has the packages of `npm ci`. It is the same for every suite, so Nix builds the same program once.
 */
export const buildingPkgs = ({ lib }: World = STAND_IN): string =>
  `import ./pkgs.nix {
    lib = import ${lib};
    npm = "${npmCommand()}"; node = "${process.execPath}"; path = "${process.env.PATH}"; installed = "${ROOT}";
  }`;

/** Path of an npm that needs no home; the path depends only on its settings. */
function npmCommand(): string {
  const settings = execFileSync('npm', ['config', 'get', 'cache', 'registry', 'userconfig'], {
    encoding: 'utf8',
    cwd: ROOT,
  });
  const options = settings
    .trim()
    .split('\n')
    .map((line) => `'--${line}'`);
  const program = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
  // Nix passes the certificates on from the environment of its daemon or root, and `nix` here clears it.
  const trusted = process.env.NODE_EXTRA_CA_CERTS;
  const trust = trusted ? `export NODE_EXTRA_CA_CERTS='${trusted}'\n` : '';
  const text = `#!/bin/sh\n${trust}exec '${program}' ${options.join(' ')} --prefer-offline "$@"\n`;
  const dir = join(CACHE, createHash('sha256').update(text).digest('hex').slice(0, 16));
  mkdirSync(dir, { recursive: true });
  const own = join(dir, `npm.${process.pid}`);
  writeFileSync(own, text, { mode: 0o755 });
  renameSync(own, join(dir, 'npm'));
  return join(dir, 'npm');
}
