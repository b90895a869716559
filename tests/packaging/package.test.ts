import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createInstalledProbe, readFreshness } from '../../agent/report/freshness.ts';
import manifest from '../../package.json' with { type: 'json' };
import lock from '../../package-lock.json' with { type: 'json' };
import { build } from '../../scripts/build.ts';
import { builtPages } from '../../scripts/built-programs.ts';
import { readHashes, tarballsOf } from '../../scripts/npm-tarballs.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { complaint, evaluate, nix, storeEnvironment } from './evaluate.ts';
import { makeFlakes } from './flake-repos.ts';
import { COMMIT, WORLDS } from './hosts.ts';
import { readUnit } from './unit-file.ts';

const nixTest = testUnless([toolMissing('nix')]);

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'package-')));
test.after(() => {
  // The store is read-only.
  execFileSync('chmod', ['-R', 'u+w', folder]);
  rmSync(folder, { recursive: true });
});

const env = storeEnvironment(folder);

type Module = { version: string; integrity?: string; name?: string };

/** The folder of tarballs that a build on this system makes npm fetch. */
const folderOf = (pkgs: string) =>
  evaluate(`
    let inherit ((import ./pkgs.nix { ${pkgs} }).callPackage ../../systemd/nix/npm-tarballs.nix { }) folder;
    in { inherit (folder) name outputHash; script = builtins.elemAt folder.args 1; }
  `) as { name: string; outputHash: string; script: string };

nixTest('each npm package is asked for by name and version, and must have the hash of the lock file', () => {
  const { outputHash, script } = folderOf('system = "x86_64-linux";');
  assert.is(outputHash, readHashes()['x86_64-linux']);
  const named = new Map<string, string | undefined>();
  for (const [path, module] of Object.entries(lock.packages as Record<string, Module>))
    named.set(
      `${module.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${module.version}`,
      module.integrity,
    );
  const tarballs = Object.entries(tarballsOf('x86_64-linux'));
  assert.ok(tarballs.length > 50);
  for (const [spec, { integrity }] of tarballs) {
    assert.is(integrity, named.get(spec));
    assert.match(script, `'${spec}'`);
  }
  const files = tarballs.map(([, { file }]) => file);
  assert.is(new Set(files).size, files.length);
});

nixTest('npm gets the paths of certificates, to which a Nix daemon with some of its own adds', () => {
  const { script } = folderOf('system = "x86_64-linux";');
  // Only the lines before npm, printing what they set instead of using it.
  const settings = script.slice(0, script.indexOf('mkdir '));
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

nixTest('binaries are fetched for the system that builds, whichever the programs are for', () => {
  const bundlerOf = (pkgs: string) =>
    [...folderOf(pkgs).script.matchAll(/'@rolldown\/binding-([\w-]+)@/g)].map(([, name]) => name);
  assert.equal(bundlerOf('system = "x86_64-linux";'), ['linux-x64-gnu', 'linux-x64-musl']);
  assert.equal(bundlerOf('system = "aarch64-darwin";'), ['darwin-arm64']);
  assert.equal(bundlerOf('system = "aarch64-linux"; buildSystem = "x86_64-linux";'), [
    'linux-x64-gnu',
    'linux-x64-musl',
  ]);
});

nixTest('a store that has the packages of another lock file does not pass them off as these', () => {
  const nameOf = (system: string) => folderOf(`system = "${system}";`).name;
  assert.is.not(nameOf('x86_64-linux'), nameOf('aarch64-linux'));
});

nixTest('a system that has no hash is refused in words', () => {
  const folder = `((import ./pkgs.nix { system = "riscv64-linux"; }).callPackage ../../systemd/nix/npm-tarballs.nix { }).folder.outPath`;
  assert.match(complaint(folder), /built on aarch64-darwin .* x86_64-linux, not on riscv64-linux/);
});

nixTest('each program says its name, version and license, and takes other arguments from who overrides them', () => {
  const said = evaluate(`
    let
      pkgs = import ./pkgs.nix { system = "x86_64-linux"; };
      built = pkgs.callPackages ../../systemd/nix/package.nix { commit = "${COMMIT}"; };
      unstamped = (pkgs.callPackages ../../systemd/nix/package.nix { }).agent.outPath;
      one = drv: { inherit (drv) pname version name; inherit (drv.meta) mainProgram platforms; license = drv.meta.license.spdxId; };
    in {
      programs = pkgs.lib.mapAttrs (_: one) built;
      overridden = (built.agent.override { commit = ""; }).outPath == unstamped && built.agent.outPath != unstamped;
    }
  `) as { programs: Record<string, Record<string, unknown>>; overridden: boolean };
  assert.is(said.overridden, true);
  const { version, license } = manifest;
  for (const [program, pname] of [
    ['agent', 'switchyard-agent'],
    ['coordinator', 'switchyard-coordinator'],
    ['cli', 'switchyard'],
  ] as const) {
    const { platforms, ...rest } = said.programs[program] ?? {};
    assert.equal(rest, { pname, version, name: `${pname}-${version}`, mainProgram: pname, license });
    assert.equal((platforms as string[]).filter((name) => /^(x86_64|aarch64)-(linux|darwin)$/.test(name)).length, 4);
  }
});

/** The arguments of Node beside the program. */
const flagsIn = (line: string): string[] => line.split(' ').filter((word) => word.startsWith('--'));

for (const world of WORLDS)
  nixTest(`the packages are what npm run build makes, under names of their own (${world.name})`, async () => {
    const unit = readUnit('switchyard-coordinator.service');
    // Other suites build the packages of this flake too, so Nix builds them once.
    const { switchyard: flake } = makeFlakes(join(folder, world.name), world);
    const commit = execFileSync('git', ['-C', flake, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
    const paths = ['agent', 'coordinator', 'cli'].map((name) => {
      const built = nix('nix', ['build', '--no-link', '--json', `${flake}#${name}`], env);
      return (JSON.parse(built) as { outputs: { out: string } }[])[0]?.outputs.out ?? '';
    });
    await build({ outDir: join(folder, 'dist'), commit, dashboard: await builtPages() });

    const programs = { agent: 'switchyard-agent', coordinator: 'switchyard-coordinator', switchyard: 'switchyard' };
    for (const [at, [name, program]] of Object.entries(programs).entries()) {
      const path = paths[at] ?? '';
      const [start = '', ...code] = readFileSync(join(path, `lib/switchyard/${name}.js`), 'utf8').split('\n');
      const [, ...expected] = readFileSync(join(folder, `dist/${name}.js`), 'utf8').split('\n');
      assert.ok(code.join('\n') === expected.join('\n'), name);
      assert.equal(flagsIn(start), name === 'coordinator' ? flagsIn(unit.Service?.ExecStart ?? '') : []);
      const said = execFileSync(join(path, `bin/${program}`), ['--version'], { encoding: 'utf8', env: {} });
      assert.match(said, `(${commit})`);
    }

    const [agent = ''] = paths;
    const running = await readFreshness(join(agent, 'lib/switchyard/agent.js'), commit);
    const installed = await createInstalledProbe(join(agent, 'bin/switchyard-agent'))();
    assert.equal(installed, { storePath: agent, binaryHash: running.binaryHash });
  });

nixTest('the flake has each program for each system, stamped with its commit', () => {
  const packages = evaluate(`
    let
      lib = import ./lib;
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
    assert.is(stamped.default, stamped.cli);
    assert.is.not(stamped.agent, packages.changed[system]?.agent);
  }
});

test.run();
