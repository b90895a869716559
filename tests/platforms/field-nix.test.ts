/** Reports about activations in other tools that deploy NixOS, tried here. docs/field-reports.md names the reports. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createNixos } from '../../agent/platforms/nixos.ts';
import { ownSystem, toolMissing } from '../../scripts/test-needs.ts';
import { eachNixFleet } from '../fixtures/each-nix-fleet.ts';

const { given, nixTest } = eachNixFleet({
  hosts: ['web1'],
  bundle: () => '',
  unfit: toolMissing('nix') ?? ownSystem(),
});

function scene() {
  const { profile, dir, env } = given.fleet.host('web1');
  const repo = { dir: join(dir, 'repo'), url: given.fleet.repoUrl, branch: 'main' };
  const platform = createNixos(given.host.settings({ repo, profile, hostname: 'web1' }));
  const tools = join(given.host.dir, 'tools');
  mkdirSync(tools);
  return {
    platform,
    run: (op: string) => given.host.run(platform, op, { env }),
    /** With another program in place of one of the machine's. */
    runWith(op: string, tool: string, script: string) {
      writeFileSync(join(tools, tool), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return given.host.run(platform, op, { env: { ...env, PATH: `${tools}:${process.env.PATH}` } });
    },
  };
}

nixTest(
  'a rollback whose profile could not be set activates nothing, and the next goes no generation too far',
  async () => {
    const { platform, run, runWith } = scene();
    for (const text of ['one', 'two', 'three']) {
      given.fleet.commitConfig('web1', text);
      assert.is((await run('pull-switch')).code, 0);
    }
    const before = await platform.facts();
    const failed = await runWith(
      'rollback',
      'nix-env',
      'echo "error: opening lock file: Read-only file system" >&2; exit 1',
    );
    assert.is(failed.code, 1);
    assert.equal(failed.phases, ['profile']);
    const { generation, systemPath } = await platform.facts();
    assert.equal([generation, systemPath], [before.generation, before.systemPath]);
    assert.is((await run('rollback')).code, 0);
    assert.is((await platform.facts()).generation, 2);
  },
);

nixTest(
  'an activation that ends with 4 while systemd lists no failed unit is still active, with units that failed',
  async () => {
    const { platform, run, runWith } = scene();
    await run('pull-switch');
    given.fleet.commitActivation('web1', 'echo "warning: the following units failed: upload.service" >&2; exit 4');
    // Its unit waits for its next try by then: activating (auto-restart).
    const end = await runWith('pull-switch', 'systemctl', 'exit 0');
    assert.is(end.code, 4, end.output);
    assert.equal(end.evidence.failedUnits, []);
    assert.is((await platform.facts()).systemPath, end.evidence.builtPath);
    assert.is(end.evidence.systemPathAfter, end.evidence.builtPath);
  },
);

test.run();
