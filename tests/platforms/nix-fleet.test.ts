import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readOpsFile } from '../../agent/config/ops-file.ts';
import { createTestHost, type TestHost } from '../../agent/platforms/fixtures/test-host.ts';
import { createHostPlatform } from '../../agent/platforms/host-platform.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { createNixFleet, type NixFleet } from '../fixtures/nix-fleet.ts';

const bundle = (version: string) => (commit: string) => `console.log('switchyard-agent ${version} (${commit})');\n`;

for (const usesNix of [true, false]) {
  const name = usesNix ? 'with real nix' : 'without nix, by an op of OPS_FILE';
  const fleetTest = testUnless([usesNix ? toolMissing('nix') : null]);

  fleetTest(`${name}: a new build, a new configuration and a moved pin each change what they should`, async () => {
    const host = createTestHost();
    const fleet = await createNixFleet({ hosts: ['web1'], bundle: bundle('1'), usesNix });
    try {
      await walkThrough(host, fleet);
    } finally {
      fleet.close();
      host.close();
    }
  });
}

async function walkThrough(host: TestHost, fleet: NixFleet): Promise<void> {
  const { env, install, profile, installedPath, currentSystem } = fleet.host('web1');
  const ops = env.SWITCHYARD_OPS_FILE ? readOpsFile(readFileSync(env.SWITCHYARD_OPS_FILE, 'utf8')) : null;
  const platform = createHostPlatform(
    fleet.usesNix ? 'nixos' : 'custom',
    host.settings({
      repo: { dir: env.SWITCHYARD_REPO_DIR ?? '', url: fleet.repoUrl, branch: 'main' },
      profile,
      installedPath,
      opsFile: ops?.kind === 'value' ? ops.value : {},
    }),
  );
  const sample = async () => ({
    ...(await platform.facts()),
    agent: readlinkSync(join(currentSystem, 'sw/lib/switchyard/agent.js')),
    bundle: readFileSync(installedPath, 'utf8'),
  });
  const pullAndSwitch = async () => {
    for (const op of ['pull', 'switch']) {
      const end = await host.run(platform, op, { env });
      assert.is(end.code, 0, `${op}: ${end.output}`);
      if (op === 'switch') assert.is(end.evidence.builtPath, (await platform.facts()).systemPath ?? '');
    }
    return await sample();
  };

  install();
  const first = await sample();
  assert.ok(lstatSync(currentSystem).isSymbolicLink());
  assert.match(first.bundle, `1 (${fleet.pin()})`);

  const pushed = await fleet.bumpAgent(bundle('2'));
  const bumped = await pullAndSwitch();
  assert.is(bumped.repoCommit, pushed);
  assert.is(bumped.expectedCommit, fleet.pin());
  assert.match(bumped.bundle, `2 (${fleet.pin()})`);
  assert.is.not(bumped.agent, first.agent);

  fleet.commitConfig('web1', 'another motd');
  const configured = await pullAndSwitch();
  assert.is.not(configured.systemPath, bumped.systemPath);
  assert.is(configured.agent, bumped.agent);
  assert.is(configured.expectedCommit, bumped.expectedCommit);

  fleet.bumpPinOnly();
  const moved = await pullAndSwitch();
  assert.is(moved.agent, bumped.agent);
  assert.is(moved.bundle, bumped.bundle);
  assert.is.not(moved.expectedCommit, bumped.expectedCommit);
  assert.is.not(moved.lockHash, bumped.lockHash);

  fleet.breakTest('web1', '20-broken.sh');
  await host.run(platform, 'pull', { env });
  const tests = await host.run(platform, 'test', { env });
  assert.is(tests.code, 1);
  assert.equal(
    tests.evidence.tests?.map(({ name, exitCode }) => [name, exitCode]),
    [
      ['10-system.sh', 0],
      ['20-broken.sh', 1],
    ],
  );
}

test.run();
