import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { NEWER_DEBIAN, prepareDebianRoot } from '../hosts/debian-root.ts';
import { NIX_CONFIG, nix, storeEnvironment } from './evaluate.ts';
import { makeFlakes } from './flake-repos.ts';
import { WORLDS } from './hosts.ts';

const nixTest = testUnless([toolMissing('nix'), toolMissing('git')]);

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'flake-')));
test.after(() => {
  execFileSync('chmod', ['-R', 'u+w', folder]);
  rmSync(folder, { recursive: true });
});
const env = storeEnvironment(folder);

/** Nix's warnings. It also warns of output names that are customary, but newer than it. */
const warningsIn = (output: string) => output.split('\n').filter((line) => /warning:|evaluation warning/.test(line));
const unknown = (...names: string[]) => names.map((name) => `warning: unknown flake output '${name}'`);

/** Runs the program in another Debian, whose own changes go with it. */
const IN_ROOT_SH = `set -e
mount -t tmpfs none "$dir"
mkdir "$dir/upper" "$dir/work" "$dir/root"
mount -t overlay overlay -o lowerdir="$lower",upperdir="$dir/upper",workdir="$dir/work" "$dir/root"
mount -t proc proc "$dir/root/proc"
mount --rbind /dev "$dir/root/dev"
mkdir -p "$dir/root$folder"
mount --bind "$folder" "$dir/root$folder"
exec chroot "$dir/root" "$@"`;

for (const world of WORLDS) {
  let repo: string | undefined;
  const flake = () => (repo ??= makeFlakes(join(folder, world.name), world).switchyard);

  nixTest(`nix flake check finds nothing to say, and builds every check (${world.name})`, () => {
    const { status, stderr } = spawnSync('nix', ['flake', 'check', '--print-build-logs', flake()], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, NIX_CONFIG, ...env },
    });
    assert.is(status, 0, stderr);
    const known = unknown('darwinModules', 'homeModules');
    assert.equal(
      warningsIn(stderr).filter((line) => !known.includes(line)),
      [],
    );
  });

  const newer = prepareDebianRoot(NEWER_DEBIAN);
  const rootTest = testUnless([toolMissing('nix'), newer.kind === 'unfit' ? newer.reason : null]);

  rootTest(`the Nix of Debian 13 neither, of the systems of all platforms (${world.name})`, () => {
    if (newer.kind === 'unfit') return;
    const dir = join(folder, 'root');
    mkdirSync(dir, { recursive: true });
    const check = ['nix', 'flake', 'check', '--no-build', '--all-systems', flake()];
    const { status, stderr } = spawnSync(
      'unshare',
      ['--mount', '--pid', '--fork', 'sh', '-c', IN_ROOT_SH, 'sh', ...check],
      {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, HOME: '/root', NIX_CONFIG, dir, folder: dirname(flake()), lower: newer.dir },
      },
    );
    assert.is(status, 0, stderr);
    assert.equal(warningsIn(stderr), []);
  });

  nixTest(`the flake has the outputs that others look for (${world.name})`, () => {
    const ask = (attribute: string, apply: string): unknown =>
      JSON.parse(nix('nix', ['eval', '--json', `${flake()}#${attribute}`, '--apply', apply], env));
    assert.match(String(ask('packages.x86_64-linux.agent', 'drv: drv.name')), /^switchyard-agent-\d/);
    for (const [output, names] of [
      ['nixosModules', ['agent', 'coordinator', 'default']],
      ['darwinModules', ['agent', 'default']],
      ['homeModules', ['agent', 'default']],
      ['packages', ['aarch64-darwin', 'aarch64-linux', 'x86_64-darwin', 'x86_64-linux']],
      ['checks.x86_64-linux', ['agent', 'cli', 'coordinator', 'nixos']],
      ['checks.aarch64-darwin', ['agent', 'cli', 'coordinator']],
    ] as const)
      assert.equal(ask(output, 'builtins.attrNames'), names, output);
    assert.is(ask('formatter.x86_64-linux', 'drv: drv.name'), 'nixfmt-tree');
    const overlaid = `overlay: builtins.attrNames (overlay { callPackages = _: _: { agent = 1; coordinator = 1; cli = 1; }; } { })`;
    assert.equal(ask('overlays.default', overlaid), ['switchyard', 'switchyard-agent', 'switchyard-coordinator']);
  });
}

test.run();
