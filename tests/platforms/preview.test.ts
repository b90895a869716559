import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { git } from '../../agent/platforms/fixtures/git-remote.ts';
import { createNixos } from '../../agent/platforms/nixos.ts';
import { ownSystem, toolMissing } from '../../scripts/test-needs.ts';
import { eachNixFleet } from '../fixtures/each-nix-fleet.ts';

const { given, nixTest } = eachNixFleet({
  hosts: ['web1'],
  bundle: (commit) => `// ${commit}\n`,
  unfit: toolMissing('nix') ?? ownSystem(),
});

/** A host that has switched to the first commit. `owner`: a person's checkout, or the agent's own clone. */
async function scene(owner: 'ours' | 'theirs' = 'ours') {
  const { profile, dir, installedPath, env, currentSystem } = given.fleet.host('web1');
  const repoDir = join(dir, 'repo');
  if (owner === 'theirs') git(dir, 'clone', '--quiet', given.fleet.repoUrl, repoDir);
  const repo = { dir: repoDir, url: owner === 'ours' ? given.fleet.repoUrl : null, branch: 'main' };
  const platform = createNixos(given.host.settings({ repo, profile, installedPath, hostname: 'web1', currentSystem }));
  const nixEnv = Object.fromEntries(Object.entries(env).filter(([key]) => /^(NIX_|HOME)/.test(key)));
  const run = (op: string, options = {}) => given.host.run(platform, op, { env: nixEnv, options });
  const first = await run('pull-switch');
  assert.is(first.code, 0, first.output);
  const state = async () => ({
    head: (await platform.facts()).repoCommit,
    motd: readFileSync(join(repoDir, 'hosts/web1/system/motd'), 'utf8'),
    status: git(repoDir, 'status', '--porcelain'),
    worktrees: git(repoDir, 'worktree', 'list'),
    bootDefault: readFileSync(join(dir, 'boot-default'), 'utf8'),
    profile: readlinkSync(profile),
    active: readlinkSync(currentSystem),
  });
  return { run, state, repoDir };
}

for (const owner of ['ours', 'theirs'] as const)
  nixTest(`${owner}: a preview builds what a switch would activate, and changes nothing`, async () => {
    const { run, state } = await scene(owner);
    const before = await state();
    const commit = given.fleet.commitSystem('web1', {
      motd: 'another text\n',
      'dry-activate.sh': 'echo "would restart the following units: nginx.service, sshd.service" >&2\n',
    });
    given.fleet.commitConfig('web1', 'a later one');
    const end = await run('preview', { commit });
    assert.is(end.code, 0, end.output);
    assert.equal(end.phases, ['prepare', 'fetch', 'checkout', 'build', 'compare']);
    assert.equal(await state(), before);
    const { preview } = end.evidence;
    assert.is(preview?.commit, commit);
    assert.equal([preview?.same, preview?.builtPath], [false, end.evidence.builtPath]);
    assert.equal(preview?.units, { stop: [], start: [], restart: ['nginx.service', 'sshd.service'], reload: [] });
    assert.equal([preview?.rebootNeeded, preview?.inhibitors], [null, []]);
    assert.ok(Number(preview?.closureBytes) > Number(preview?.closureBytesBefore), 'dry-activate.sh is more');
    assert.match(end.output, 'units restarted (2): nginx.service, sshd.service');

    const other = await run('pull-switch', { commit, builtPath: before.active });
    assert.is(other.code, 1);
    assert.match(other.output, `this builds ${preview?.builtPath}, not ${before.active} as asked for`);
    assert.equal([(await state()).active, (await state()).profile], [before.active, before.profile]);
    const done = await run('pull-switch', { commit, builtPath: preview?.builtPath });
    assert.is(done.code, 0, done.output);
    assert.is(done.evidence.builtPath, preview?.builtPath, 'the switch builds the very same');
    const again = await run('preview', { commit });
    assert.is(again.evidence.preview?.same, true, again.output);
  });

nixTest('a refusal of the switch is reported, and does not fail the preview', async () => {
  const { run, state } = await scene();
  const before = await state();
  given.fleet.commitSystem('web1', {
    'checks.sh': 'echo "dbus-implementation: dbus -> broker" >&2; exit 1\n',
  });
  const end = await run('preview');
  assert.is(end.code, 0, end.output);
  assert.equal(end.evidence.preview?.inhibitors, ['dbus-implementation: dbus -> broker']);
  assert.match(end.output, 'refuses a switch: dbus-implementation');
  assert.equal(await state(), before);
});

nixTest('a dry activation that fails, and a configuration that does not build, leave no preview', async () => {
  const { run, state } = await scene();
  const before = await state();
  given.fleet.commitSystem('web1', { 'dry-activate.sh': 'echo "no systemd answers" >&2; exit 3\n' });
  const dry = await run('preview');
  assert.equal([dry.code, dry.evidence.preview], [3, undefined]);
  assert.match(dry.output, 'no systemd answers');
  given.fleet.commitSystem('web1', { 'dry-activate.sh': '', dir: '' });
  const commit = given.fleet.commitSystem('web1', { '../../../flake.nix': 'no flake' });
  const broken = await run('preview', { commit });
  assert.is.not(broken.code, 0);
  assert.equal([broken.phases.at(-1), broken.evidence.preview], ['build', undefined]);
  assert.equal(await state(), before);
});

nixTest('a checkout that the pull could not update is reported', async () => {
  const { run, repoDir } = await scene('theirs');
  git(repoDir, 'commit', '--quiet', '--allow-empty', '-m', 'a commit of a person');
  given.fleet.commitConfig('web1', 'another text');
  const end = await run('preview');
  assert.is(end.code, 1);
  assert.match(end.output, 'it has commits that its remote does not have');
});

test.run();
