import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PLATFORMS, type PlatformName } from '../../shared/ops/op-definition.ts';
import { createTestHost, type TestHost } from './fixtures/test-host.ts';
import { createHostPlatform } from './host-platform.ts';
import type { PlatformSettings } from './platform-settings.ts';

let host: TestHost;
test.before.each(() => {
  host = createTestHost();
});
test.after.each(() => host.close());

/** A switch's steps without the agent's own argv prefix, on a host that has all tools and a repository. */
const plan = async (name: PlatformName, op: string, settings: Partial<PlatformSettings> = {}) => {
  const dir = join(host.dir, 'repo');
  mkdirSync(join(dir, '.git'), { recursive: true });
  mkdirSync(join(host.dir, 'bin'), { recursive: true });
  for (const tool of ['nix', 'nix-env', 'git']) symlinkSync('/bin/sh', join(host.dir, 'bin', tool));
  const repo = { dir, url: null, branch: 'main' };
  const self = ['agent', 'step'] as const;
  const made = host.settings({ repo, self, path: join(host.dir, 'bin'), ...settings });
  symlinkSync('/bin/sh', join(host.dir, 'bin', 'agent'));
  const context = host.context();
  const outcome = await createHostPlatform(name, made).plan(op, {}, context);
  if (!('steps' in outcome)) throw new Error(outcome.message);
  return { steps: outcome.steps, result: join(context.spoolDir, 'result') };
};

for (const [name, attribute, profile, activation, phases] of [
  [
    'nixos',
    'nixosConfigurations."web1".config.system.build.toplevel',
    '/nix/var/nix/profiles/system',
    ['/bin/switch-to-configuration', 'switch'],
    ['build', 'profile', 'activate'],
  ],
  [
    'nix-darwin',
    'darwinConfigurations."web1".system',
    '/nix/var/nix/profiles/system',
    ['/activate'],
    ['build', 'check', 'profile', 'activate'],
  ],
  [
    'home-manager',
    'homeConfigurations."web1".activationPackage',
    null,
    ['/activate'],
    // An activation before 25.11 compares with the profile.
    ['build', 'activate', 'profile'],
  ],
] as const)
  test(`a switch of ${name} builds, sets the profile and activates as steps of their own`, async () => {
    const { steps, result } = await plan(name, 'switch');
    assert.equal(
      steps.map(({ phase }) => phase),
      phases,
    );
    const argvOf = (phase: string) => steps.find((step) => step.phase === phase)?.argv;
    const [build, set, activate] = [argvOf('build'), argvOf('profile'), argvOf('activate')];
    assert.ok(build?.includes(`.#${attribute}`), build?.join(' '));
    assert.ok(build?.includes(result));
    const expected = profile ?? join(host.dir, '.local/state/nix/profiles/home-manager');
    assert.equal(set, ['nix-env', '--profile', expected, '--set', result]);
    assert.equal(activate?.slice(activate.indexOf('--') + 1), [`${result}${activation[0]}`, ...activation.slice(1)]);
  });

test('a configured profile replaces the default one', async () => {
  const { steps } = await plan('nixos', 'switch', { profile: '/my/profile' });
  assert.ok(steps[1]?.argv.includes('/my/profile'));
});

test('without a repository there is nothing to switch to, but a generation to roll back to', () => {
  const known = createHostPlatform('nixos', host.settings())
    .ops()
    .map(({ id }) => id);
  assert.ok(known.includes('rollback'));
  assert.not(known.includes('switch'));
});

test('every platform is made under its own name', () => {
  for (const name of PLATFORMS) assert.is(createHostPlatform(name, host.settings()).name, name);
});

test('a host that takes signed commits alone looks nothing up that they do not lock, and bumps nothing', async () => {
  const repo = { dir: join(host.dir, 'repo'), url: null, branch: 'main', signers: '/etc/signers' };
  const { steps } = await plan('nixos', 'pull-switch', { repo });
  assert.equal(
    steps.slice(0, 5).map(({ phase }) => phase),
    ['prepare', 'fetch', 'verify', 'checkout', 'record'],
  );
  const build: readonly string[] = steps.find(({ phase }) => phase === 'build')?.argv ?? [];
  assert.ok(build.includes('--no-update-lock-file') && !build.includes('--no-write-lock-file'));
  host.close();
  host = createTestHost();
  const bump = await plan('nixos', 'bump-flake', { repo: { ...repo, dir: join(host.dir, 'repo') } });
  assert.equal(
    bump.steps.map(({ argv }) => argv.slice(2, 4)),
    [['fail', '1']],
  );
});

test.run();
