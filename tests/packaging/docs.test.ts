import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { blockOf } from '../harness/page.ts';
import { evaluate } from './evaluate.ts';
import { hostsIn, KINDS, WORLDS } from './hosts.ts';
import { moduleExample, NIX_EXAMPLES } from './install-page.ts';

const nixTest = testUnless([toolMissing('nix')]);

/** Where each module puts its results. */
const MADE = {
  nixosAgent: 'checked.systemd.services',
  nixosCoordinator: 'checked.systemd.services',
  darwinAgent: 'checked.launchd.daemons',
  homeOnLinux: 'checked.systemd.user.services',
  homeOnMac: 'checked.launchd.agents',
};

for (const world of WORLDS)
  for (const [name, kind] of Object.entries(KINDS))
    nixTest(`${name}: the example of docs/install.md is a host's configuration as it stands (${world.name})`, () => {
      const config = `imports = [ ((${moduleExample(kind.module)}) { inputs.switchyard = flake; }) ];`;
      const { onHost } = hostsIn(world);
      const made = `${MADE[name as keyof typeof KINDS]}.switchyard-${kind.module.split('.')[1]}`;
      assert.match(JSON.stringify(onHost(kind, config, made)), /SWITCHYARD_/);
    });

for (const world of WORLDS)
  nixTest(`one of several coordinators gets database and admin token as credentials (${world.name})`, () => {
    const { onHost } = hostsIn(world);
    const example = blockOf('high-availability.md', 'storeFile = ');
    const made = 'checked.systemd.services.switchyard-coordinator';
    const { environment, serviceConfig } = onHost(KINDS.nixosCoordinator, example, made) as {
      environment: Record<string, string>;
      serviceConfig: { LoadCredential: string[] };
    };
    assert.equal(serviceConfig.LoadCredential.sort(), [
      'admin-token:/run/secrets/switchyard-admin-token',
      'store:/run/secrets/switchyard-store',
    ]);
    const { SWITCHYARD_STORE_FILE, SWITCHYARD_ADMIN_TOKEN_FILE, SWITCHYARD_ADVERTISE } = environment;
    assert.equal(
      [SWITCHYARD_STORE_FILE, SWITCHYARD_ADMIN_TOKEN_FILE, SWITCHYARD_ADVERTISE],
      ['%d/store', '%d/admin-token', 'http://one.example.com:8080'],
    );
  });

nixTest('every piece of Nix in docs/install.md is Nix', () => {
  assert.ok(NIX_EXAMPLES.length > 6);
  for (const text of NIX_EXAMPLES) {
    const piece = /^\s*\{/.test(text) ? text : `{ ${text} }`;
    // Names for their surroundings; nothing is evaluated, only parsed.
    assert.is(evaluate(`builtins.isFunction ({ config, lib, pkgs, inputs, system }: (${piece}))`), true);
  }
});

test.run();
