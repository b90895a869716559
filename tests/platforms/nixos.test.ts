import { mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createGitRemote } from '../../agent/platforms/fixtures/git-remote.ts';
import { createNixos } from '../../agent/platforms/nixos.ts';
import { findTool } from '../../agent/platforms/step/tool.ts';
import { ownSystem, toolMissing } from '../../scripts/test-needs.ts';
import { eachNixFleet } from '../fixtures/each-nix-fleet.ts';

const bundle = (version: string) => (commit: string) =>
  `#!/usr/bin/env node\nconsole.log('switchyard-agent ${version} (${commit})');\n`;

const { given, nixTest } = eachNixFleet({
  hosts: ['web1', 'db.example'],
  bundle: bundle('1.0.0'),
  unfit: toolMissing('nix') ?? ownSystem(),
});

const scene = (name = 'web1') => {
  const { profile, dir, installedPath, env, currentSystem } = given.fleet.host(name);
  const repo = { dir: join(dir, 'repo'), url: given.fleet.repoUrl, branch: 'main' };
  const platform = createNixos(given.host.settings({ repo, profile, installedPath, hostname: name }));
  const nixEnv = Object.fromEntries(Object.entries(env).filter(([key]) => /^(NIX_|HOME)/.test(key)));
  return {
    platform,
    repo,
    profile,
    currentSystem,
    installedPath,
    run: (op: string, spawned = false) => given.host.run(platform, op, { env: nixEnv, spawned }),
  };
};

nixTest(
  'pull-switch builds what was pulled, sets the profile, activates it, and says so in facts and evidence',
  async () => {
    const { platform, run, currentSystem, installedPath } = scene();
    const end = await run('pull-switch', true);
    assert.is(end.code, 0, end.output);
    assert.equal(end.phases.slice(-3), ['build', 'profile', 'activate']);
    const facts = await platform.facts();
    assert.is(facts.systemPath, end.evidence.builtPath);
    assert.is(facts.repoCommit, end.evidence.fetchedCommit);
    assert.is(facts.lockHash, end.evidence.lockHash);
    assert.is(facts.expectedCommit, given.fleet.pin());
    assert.is(facts.generation, 1);
    assert.is(end.evidence.systemPathAfter, facts.systemPath);
    assert.is(readlinkSync(currentSystem), facts.systemPath);
    assert.match(readFileSync(installedPath, 'utf8'), given.fleet.pin());
  },
);

nixTest(
  'a new build of the agent has a store path of its own; a moved pin changes nothing but the expected commit',
  async () => {
    const { platform, run, installedPath } = scene();
    await run('pull-switch');
    const before = { facts: await platform.facts(), agent: readlinkSync(installedPath) };
    await given.fleet.bumpAgent(bundle('2.0.0'));
    await run('pull-switch');
    const bumped = { facts: await platform.facts(), agent: readlinkSync(installedPath) };
    assert.is.not(bumped.agent, before.agent);
    assert.is(bumped.facts.generation, 2);
    assert.match(readFileSync(installedPath, 'utf8'), String(bumped.facts.expectedCommit));

    given.fleet.commitConfig('web1', 'another text');
    await run('pull-switch');
    const configured = await platform.facts();
    assert.is.not(configured.systemPath, bumped.facts.systemPath);
    assert.is(readlinkSync(installedPath), bumped.agent);
    assert.is(configured.expectedCommit, bumped.facts.expectedCommit);

    given.fleet.bumpPinOnly();
    await run('pull-switch');
    const moved = await platform.facts();
    assert.is(moved.systemPath, configured.systemPath);
    assert.is(moved.generation, 3);
    assert.is.not(moved.expectedCommit, configured.expectedCommit);
  },
);

nixTest('rollback goes one generation down by number, again and again, and fails at the first', async () => {
  const { platform, run } = scene();
  const paths: (string | null)[] = [];
  for (const text of ['one', 'two', 'three']) {
    given.fleet.commitConfig('web1', text);
    await run('pull-switch');
    paths.push((await platform.facts()).systemPath);
  }
  for (const generation of [2, 1]) {
    const end = await run('rollback');
    assert.is(end.code, 0, end.output);
    const facts = await platform.facts();
    assert.is(facts.generation, generation);
    assert.is(facts.systemPath, paths[generation - 1]);
    assert.is(end.evidence.systemPathAfter, facts.systemPath);
  }
  const end = await run('rollback');
  assert.is(end.code, 1);
  assert.match(end.output, 'no generation before 1: there is nothing to roll back to');
});

nixTest('an activation whose units failed ends with 4, is active, and names the units', async () => {
  const { platform, run, repo } = scene();
  await run('pull-switch');
  given.fleet.commitActivation('web1', 'exit 4');
  const tools = join(repo.dir, '..', 'bin');
  const { env } = given.fleet.host('web1');
  mkdirSync(tools);
  const listing = 'nginx.service loaded failed failed A web server\\nfoo.mount loaded failed failed /foo\\n';
  writeFileSync(join(tools, 'systemctl'), `#!/bin/sh\nprintf '${listing}'\n`, { mode: 0o755 });
  const end = await given.host.run(platform, 'pull-switch', { env: { ...env, PATH: `${tools}:${process.env.PATH}` } });
  assert.is(end.code, 4, end.output);
  assert.equal(end.evidence.failedUnits, ['nginx.service', 'foo.mount']);
  assert.is((await platform.facts()).systemPath, end.evidence.builtPath);
  assert.is.not(end.evidence.systemPathBefore, end.evidence.systemPathAfter);
});

nixTest('a configuration that does not build leaves profile and system as they were', async () => {
  const { platform, run, repo } = scene();
  await run('pull-switch');
  const before = await platform.facts();
  writeFileSync(join(repo.dir, 'build-system.sh'), 'echo broken >&2; exit 9\n');
  const end = await run('switch');
  assert.is(end.code, 1);
  assert.equal(end.phases, ['build']);
  assert.equal({ ...(await platform.facts()), checks: {} }, { ...before, checks: {} });
  assert.is(end.evidence.builtPath, undefined);
});

nixTest('force-rebuild builds and activates what is active already', async () => {
  const { platform, run } = scene();
  await run('pull-switch');
  const end = await run('force-rebuild');
  assert.is(end.code, 0, end.output);
  assert.match(end.output, 'activating');
  assert.is((await platform.facts()).generation, 1);
});

nixTest('bump-flake moves the pin in the clone only, and the next pull takes it back', async () => {
  const { platform, run } = scene();
  await run('pull');
  const before = await platform.facts();
  given.fleet.bumpPinOnly();
  const end = await run('bump-flake');
  assert.is(end.code, 0, end.output);
  const bumped = await platform.facts();
  assert.is(bumped.expectedCommit, given.fleet.pin());
  assert.is(bumped.lockHash, end.evidence.lockHash);
  assert.is(bumped.repoCommit, before.repoCommit);
  const again = await run('bump-flake');
  assert.is(again.code, 0);
  assert.match(again.output, 'switchyard stays at');
  await run('pull');
  assert.is((await platform.facts()).lockHash, bumped.lockHash, 'the pushed lock has the same pin');
});

nixTest('bump-flake of an input that the flake does not have fails', async () => {
  const { repo, profile, run } = scene();
  await run('pull');
  const platform = createNixos(given.host.settings({ repo, profile, agentInput: 'nixpkgs' }));
  const end = await given.host.run(platform, 'bump-flake', { env: given.fleet.host('web1').env });
  assert.is(end.code, 1);
  assert.match(end.output, 'has no input nixpkgs; set AGENT_INPUT');
});

nixTest('refresh-system compares the configuration with what is active, refresh-all the lock too', async () => {
  const { platform, run } = scene();
  await run('pull');
  assert.is((await run('refresh-system')).code, 0);
  assert.is((await platform.facts()).checks.system?.status, 'outdated');
  await run('switch');
  given.host.clock.advance(1000);
  const all = await run('refresh-all');
  assert.is(all.code, 0, all.output);
  const { checks } = await platform.facts();
  assert.is(checks.system?.status, 'ok');
  assert.is(checks.lock?.status, 'ok');
  assert.is(checks.system?.checkedAt, given.host.clock.now());
});

nixTest('refresh-system of a configuration that cannot be evaluated fails and keeps that as the check', async () => {
  const { platform, run, repo } = scene();
  await run('pull');
  writeFileSync(join(repo.dir, 'flake.nix'), '{ outputs = _: nonsense; }');
  const end = await run('refresh-system');
  assert.is(end.code, 1);
  assert.is((await platform.facts()).checks.system?.status, 'error');
});

nixTest('a host whose name has a dot finds its configuration', async () => {
  const { run } = scene('db.example');
  const end = await run('pull-switch');
  assert.is(end.code, 0, end.output);
});

nixTest('a missing nix is named, and the ops that do without it go on', async () => {
  const { repo } = scene();
  const tools = join(given.host.dir, 'tools');
  mkdirSync(tools);
  symlinkSync(findTool('git', process.env.PATH ?? '') ?? '', join(tools, 'git'));
  const platform = createNixos(given.host.settings({ repo, path: tools }));
  assert.is((await given.host.run(platform, 'pull')).code, 0);
  const end = await given.host.run(platform, 'switch');
  assert.is(end.code, 127);
  assert.match(end.output, `nix: not found in PATH (${tools}); install Nix on this host`);
});

nixTest('a flake in a subfolder is built, locked and tested there, and never another further up', async () => {
  const { profile, env } = given.fleet.host('web1');
  const folder = 'my nix #1';
  const remote = createGitRemote(given.host.dir, 'mono');
  remote.commit('flake.nix', '{ outputs = _: throw "not this one"; }');
  remote.commit(`${folder}/flake.lock`, '{"nodes":{"root":{}},"root":"root","version":7}');
  remote.commit(`${folder}/hosts/web1/tests/a.sh`, '#!/bin/sh\necho tested\n');
  const build = 'PATH=/bin:/usr/bin; mkdir -p $out/bin; cp /bin/true $out/bin/switch-to-configuration';
  const system = `derivation { name = "nixos-system-below"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "${build}" ]; }`;
  remote.commit(
    `${folder}/flake.nix`,
    `{ outputs = _: { nixosConfigurations.web1.config.system.build.toplevel = ${system}; }; }`,
  );
  const repo = { dir: join(given.host.dir, 'mono'), url: remote.url, branch: 'main', flakeDir: folder };
  const platform = createNixos(given.host.settings({ repo, profile, hostname: 'web1' }));
  const run = (op: string) => given.host.run(platform, op, { env });
  const end = await run('pull-switch');
  assert.is(end.code, 0, end.output);
  assert.match(end.evidence.builtPath ?? '', /nixos-system-below$/);
  const { lockHash } = await platform.facts();
  assert.is(lockHash, end.evidence.lockHash);
  assert.match(lockHash ?? '', /^[0-9a-f]{64}$/);
  for (const op of ['test', 'refresh-all']) {
    const { code, output } = await run(op);
    assert.is(code, 0, output);
  }
  assert.is((await platform.facts()).checks.system?.status, 'ok');

  const elsewhere = createNixos(
    given.host.settings({ repo: { ...repo, flakeDir: 'none' }, profile, hostname: 'web1' }),
  );
  for (const op of ['switch', 'bump-flake']) {
    const missing = await given.host.run(elsewhere, op, { env });
    assert.is.not(missing.code, 0);
    assert.match(missing.output, 'mono/none has no flake.nix; set FLAKE_DIR');
    assert.not.match(missing.output, 'not this one');
  }
});

test.run();
