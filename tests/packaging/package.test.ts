import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createInstalledProbe, readFreshness } from '../../agent/report/freshness.ts';
import lock from '../../package-lock.json' with { type: 'json' };
import { build } from '../../scripts/build.ts';
import { buildDashboard } from '../../scripts/build-dashboard.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { evaluate, nix, ROOT } from './evaluate.ts';
import { readUnit } from './unit-file.ts';

type Tarball = { name: string; outputHash: string; script: string };

const nixTest = testUnless([toolMissing('nix')]);

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'package-')));
test.after(() => {
  // The store is read-only.
  execFileSync('chmod', ['-R', 'u+w', folder]);
  rmSync(folder, { recursive: true });
});

// The machine's store is root's.
const ownStore = {
  NIX_STORE_DIR: join(folder, 'nix/store'),
  NIX_STATE_DIR: join(folder, 'nix/state'),
  NIX_LOG_DIR: join(folder, 'nix/log'),
};
const env = { HOME: folder, ...(process.getuid?.() === 0 ? {} : ownStore) };

const COMMIT = 'c0ffee0000000000000000000000000000000000';

const tarballsOf = (system: string) =>
  evaluate(`
    let
      pkgs = import ./pkgs.nix { system = "${system}"; };
      one = drv: { inherit (drv) name outputHash; script = builtins.elemAt drv.args 1; };
    in builtins.mapAttrs (_: one) (pkgs.callPackage ../../systemd/nix/npm-modules.nix { })
  `) as Record<string, Tarball>;

nixTest('each npm package is asked for by name and version, and must have the hash of the lock file', () => {
  const tarballs = Object.entries(tarballsOf('x86_64-linux'));
  assert.ok(tarballs.length > 50);
  for (const [path, { outputHash, script }] of tarballs) {
    const module = (lock.packages as Record<string, { version: string; integrity?: string; name?: string }>)[path];
    const name = module?.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    assert.is(outputHash, module?.integrity);
    assert.match(script, `'${name}@${module?.version}'`);
  }
});

nixTest('npm is told where certificates are, in words that a Nix daemon with some of its own adds to', () => {
  const [{ script }] = Object.values(tarballsOf('x86_64-linux')) as [Tarball];
  // Only the lines before npm: what they set is said instead of used.
  const settings = script.slice(0, script.indexOf('npm '));
  const say = 'echo "$SSL_CERT_FILE $NIX_SSL_CERT_FILE $NODE_EXTRA_CA_CERTS"';
  const saidWith = (extra: string) => {
    const stdenv = { SSL_CERT_FILE: '/no-cert-file.crt', NIX_SSL_CERT_FILE: '/no-cert-file.crt', TMPDIR: '/' };
    const env = { ...stdenv, NODE_EXTRA_CA_CERTS: extra };
    return execFileSync('sh', ['-euc', `${settings}\n${say}`], { encoding: 'utf8', env })
      .trim()
      .split(' ');
  };
  const bundle = /^\/nix\/store\/\w{32}-cacert\/etc\/ssl\/certs\/ca-bundle\.crt$/;
  for (const file of saidWith('')) assert.match(file, bundle);
  const [forNode, forNix, extra] = saidWith('/etc/registry.crt');
  assert.match(`${forNode}`, bundle);
  assert.match(`${forNix}`, bundle);
  assert.is(extra, '/etc/registry.crt');
});

nixTest('binaries of other systems are not fetched', () => {
  const esbuildOf = (system: string) => Object.keys(tarballsOf(system)).filter((path) => path.includes('@esbuild/'));
  assert.equal(esbuildOf('x86_64-linux'), ['node_modules/@esbuild/linux-x64']);
  assert.equal(esbuildOf('aarch64-darwin'), ['node_modules/@esbuild/darwin-arm64']);
});

/** What Node is told beside the program. */
const flagsIn = (line: string): string[] => line.split(' ').filter((word) => word.startsWith('--'));

nixTest('the packages are what npm run build makes, under names of their own', async () => {
  const unit = readUnit('switchyard-coordinator.service');
  const expression = `
    let
      pkgs = import ./pkgs.nix { node = "${process.execPath}"; path = "${process.env.PATH}"; installed = "${ROOT}"; };
      built = pkgs.callPackage ../../systemd/nix/package.nix { commit = "${COMMIT}"; };
    in [ built.agent built.coordinator built.cli ]
  `;
  const paths = nix('nix-build', ['--no-out-link', '--expr', expression], env).trim().split('\n');
  await build({ outDir: join(folder, 'dist'), commit: COMMIT, dashboard: await buildDashboard() });

  const programs = { agent: 'switchyard-agent', coordinator: 'switchyard-coordinator', switchyard: 'switchyard' };
  for (const [at, [name, program]] of Object.entries(programs).entries()) {
    const path = paths[at] ?? '';
    const [start = '', ...code] = readFileSync(join(path, `lib/switchyard/${name}.js`), 'utf8').split('\n');
    const [, ...expected] = readFileSync(join(folder, `dist/${name}.js`), 'utf8').split('\n');
    assert.ok(code.join('\n') === expected.join('\n'), name);
    assert.equal(flagsIn(start), name === 'coordinator' ? flagsIn(unit.Service?.ExecStart ?? '') : []);
    const said = execFileSync(join(path, `bin/${program}`), ['--version'], { encoding: 'utf8', env: {} });
    assert.match(said, `(${COMMIT})`);
  }

  const [agent = ''] = paths;
  const running = await readFreshness(join(agent, 'lib/switchyard/agent.js'), COMMIT);
  const installed = await createInstalledProbe(join(agent, 'bin/switchyard-agent'))();
  assert.equal(installed, { storePath: agent, binaryHash: running.binaryHash });
});

nixTest('Nix itself takes the flake, from a repository and with another nixpkgs', () => {
  const repo = join(folder, 'repo');
  for (const part of ['flake.nix', 'package.json', 'package-lock.json', 'systemd', 'tests/packaging'])
    cpSync(join(ROOT, part), join(repo, part), { recursive: true });
  const standIn =
    'outputs = { self }: { lib = import ./lib.nix; legacyPackages.x86_64-linux = import ./pkgs.nix { system = "x86_64-linux"; }; };';
  writeFileSync(join(repo, 'tests/packaging/flake.nix'), `{ ${standIn} }`);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Operator', '-c', 'user.email=operator@example.com', ...args], {
      cwd: repo,
      encoding: 'utf8',
    }).trim();
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '-m', 'a release');

  const ask = (attribute: string, apply: string) =>
    JSON.parse(
      nix(
        'nix',
        [
          ...['eval', '--json', `git+file://${repo}#${attribute}`, '--apply', apply],
          ...['--override-input', 'nixpkgs', `git+file://${repo}?dir=tests/packaging`, '--no-write-lock-file'],
        ],
        env,
      ),
    ) as unknown;
  const agent = 'packages.x86_64-linux.agent';
  assert.match(String(ask(agent, 'drv: drv.name')), /^switchyard-agent-\d/);
  assert.equal(ask('nixosModules', 'builtins.attrNames'), ['agent', 'coordinator']);
  assert.equal(ask('darwinModules', 'builtins.attrNames'), ['agent']);
  assert.equal(ask('homeManagerModules', 'builtins.attrNames'), ['agent']);
});

nixTest('the flake has each program for each system, stamped with its commit', () => {
  const packages = evaluate(`
    let
      lib = import ./lib.nix;
      flake = self: (import ../../flake.nix).outputs {
        inherit self;
        nixpkgs = { inherit lib; legacyPackages = lib.genAttrs systems (system: import ./pkgs.nix { inherit system; }); };
      };
      systems = [ "aarch64-darwin" "aarch64-linux" "x86_64-darwin" "x86_64-linux" ];
      of = self: lib.mapAttrs (_: lib.mapAttrs (_: drv: drv.outPath)) (flake self).packages;
    in { stamped = of { rev = "${COMMIT}"; }; changed = of { }; }
  `) as Record<'stamped' | 'changed', Record<string, Record<string, string>>>;
  assert.equal(Object.keys(packages.stamped), ['aarch64-darwin', 'aarch64-linux', 'x86_64-darwin', 'x86_64-linux']);
  for (const [system, stamped] of Object.entries(packages.stamped)) {
    assert.equal(Object.keys(stamped), ['agent', 'cli', 'coordinator', 'default']);
    assert.is.not(stamped.agent, packages.changed[system]?.agent);
  }
});

test.run();
