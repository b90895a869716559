import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createNixos } from '../../agent/platforms/nixos.ts';
import { ownSystem, toolMissing } from '../../scripts/test-needs.ts';
import { eachNixFleet } from '../fixtures/each-nix-fleet.ts';

const { given, nixTest } = eachNixFleet({
  hosts: ['web1'],
  bundle: (commit) => `// ${commit}\n`,
  unfit: toolMissing('nix') ?? ownSystem(),
});

async function scene() {
  const { profile, dir, installedPath, env, currentSystem } = given.fleet.host('web1');
  const repo = { dir: join(dir, 'repo'), url: given.fleet.repoUrl, branch: 'main' };
  const platform = createNixos(given.host.settings({ repo, profile, installedPath, hostname: 'web1', currentSystem }));
  // A store of its own: a gc deletes only the test's paths.
  const own = {
    NIX_STORE_DIR: join(dir, 'nix/store'),
    NIX_STATE_DIR: join(dir, 'nix/var'),
    NIX_LOG_DIR: join(dir, 'nix/log'),
  };
  const nixEnv = { ...Object.fromEntries(Object.entries(env).filter(([key]) => /^(NIX_|HOME)/.test(key))), ...own };
  const run = (op: string, options = {}) => given.host.run(platform, op, { env: nixEnv, options });
  const first = await run('pull-switch');
  assert.is(first.code, 0, first.output);
  assert.ok(realpathSync(profile).startsWith(own.NIX_STORE_DIR), "never the machine's own store");
  const state = async () => ({
    profile: readlinkSync(profile),
    active: readlinkSync(currentSystem),
    bootDefault: readFileSync(join(dir, 'boot-default'), 'utf8').trim(),
  });
  const commit = async (text: string) => {
    given.fleet.commitConfig('web1', text);
    assert.is((await run('pull')).code, 0);
  };
  return { platform, run, state, commit, profile, dir };
}

nixTest('boot builds and sets profile and boot default, and activates nothing', async () => {
  const { platform, run, state, commit } = await scene();
  const before = await state();
  await commit('another text');
  const end = await run('boot');
  assert.is(end.code, 0, end.output);
  const { builtPath } = end.evidence;
  assert.is((await platform.facts()).profilePath, builtPath);
  assert.equal([(await state()).bootDefault, (await state()).active], [builtPath, before.active]);
  assert.equal(end.evidence.profile, { generation: 2, path: builtPath });
});

nixTest('where the boot loader is not written the profile goes back', async () => {
  const { run, state, commit } = await scene();
  const before = await state();
  given.fleet.commitSystem('web1', { 'bootloader.sh': 'echo "no room in /boot" >&2; exit 1\n' });
  await commit('another text');
  const end = await run('boot');
  assert.is(end.code, 1);
  assert.match(end.output, 'the boot loader was not written (exit 1)');
  assert.equal(await state(), before);
});

nixTest(
  'gc deletes old generations and what they alone need, never what is active or what a rollback leads to',
  async () => {
    const { platform, run, commit, profile } = await scene();
    const systems = [realpathSync(profile)];
    for (const text of ['two', 'three', 'four']) {
      await commit(text);
      assert.is((await run('switch')).code, 0);
      systems.push(realpathSync(profile));
    }
    assert.is((await run('rollback')).code, 0);
    await commit('five');
    assert.is((await run('boot')).code, 0);
    const [one = '', two = '', three = '', four = ''] = systems;
    const five = realpathSync(profile);
    // As after an acknowledgement; otherwise each command would keep its build.
    rmSync(join(given.host.dir, 'state/spool'), { recursive: true });
    const end = await run('gc', { keepGenerations: 1 });
    assert.is(end.code, 0, end.output);
    assert.ok(Number(end.evidence.freedBytes) >= 0);
    assert.equal(
      [one, two, three, four, five].map((path) => existsSync(path)),
      [false, true, true, false, true],
    );
    assert.is((await platform.facts()).systemPath, three);
    const back = await run('rollback');
    assert.is(back.code, 0, back.output);
  },
);

nixTest('a gc without a wish deletes no generation', async () => {
  const { run, commit, profile } = await scene();
  const first = realpathSync(profile);
  await commit('two');
  assert.is((await run('switch')).code, 0);
  const end = await run('gc');
  assert.is(end.code, 0, end.output);
  assert.ok(existsSync(first));
  assert.match(end.output, /store paths deleted/);
});

test.run();
