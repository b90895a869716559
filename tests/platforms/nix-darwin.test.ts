import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createNixDarwin } from '../../agent/platforms/nix-darwin.ts';
import { ownSystem, toolMissing } from '../../scripts/test-needs.ts';
import { eachNixFleet } from '../fixtures/each-nix-fleet.ts';

const { given, nixTest } = eachNixFleet({
  hosts: ['mac1'],
  bundle: () => '',
  unfit: toolMissing('nix') ?? ownSystem(),
});

const OLD = { 'activate-user': '#!/bin/sh\necho "user defaults..."\n' };
const NEW = { 'activate-user': '#!/bin/sh\n# nix-darwin: deprecated\nexit 0\n' };

function scene() {
  const { profile, dir, env } = given.fleet.host('mac1');
  const repo = { dir: join(dir, 'repo'), url: given.fleet.repoUrl, branch: 'main' };
  const platform = createNixDarwin(given.host.settings({ repo, profile, hostname: 'mac1' }));
  return { platform, run: (op: string) => given.host.run(platform, op, { env }) };
}

nixTest('a system of nix-darwin 25.05 or newer is activated by its one script', async () => {
  const { platform, run } = scene();
  given.fleet.commitSystem('mac1', NEW);
  const end = await run('pull-switch');
  assert.is(end.code, 0, end.output);
  assert.equal(end.phases.slice(-4), ['build', 'check', 'profile', 'activate']);
  assert.match(end.output, `activating ${(await platform.facts()).systemPath}`);
});

nixTest('one of an older nix-darwin is built, and neither the profile nor the active system changes', async () => {
  const { platform, run } = scene();
  await run('pull-switch');
  const before = await platform.facts();
  given.fleet.commitSystem('mac1', OLD);
  const end = await run('pull-switch');
  assert.is(end.code, 1);
  assert.equal(end.phases.slice(-2), ['build', 'check']);
  assert.match(end.output, /is of a nix-darwin before 25\.05, .*\n.* update the nix-darwin of your flake/);
  const { generation, systemPath } = await platform.facts();
  assert.equal([generation, systemPath], [before.generation, before.systemPath]);
  assert.is.not(end.evidence.builtPath, systemPath);
});

nixTest('no host goes back to a generation of an older nix-darwin either', async () => {
  const { platform, run } = scene();
  given.fleet.commitSystem('mac1', OLD);
  given.fleet.host('mac1').install();
  given.fleet.commitSystem('mac1', NEW);
  await run('pull-switch');
  const end = await run('rollback');
  assert.equal([end.code, end.phases], [1, ['check']]);
  assert.match(end.output, 'is of a nix-darwin before 25.05');
  assert.is((await platform.facts()).generation, 2);
});

test.run();
