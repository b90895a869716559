import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { ROOT } from './evaluate.ts';
import { KINDS, onHost } from './hosts.ts';

const nixTest = testUnless([toolMissing('nix')]);

const page = readFileSync(join(ROOT, 'docs/install.md'), 'utf8');
const examples = [...page.matchAll(/```nix\n(.*?)```/gs)]
  .map(([, text = '']) => text)
  .filter((text) => text.includes('imports = '));

/** Where each module leaves what it makes. */
const MADE = {
  nixosAgent: 'checked.systemd.services',
  nixosCoordinator: 'checked.systemd.services',
  darwinAgent: 'checked.launchd.daemons',
  homeOnLinux: 'checked.systemd.user.services',
  homeOnMac: 'checked.launchd.agents',
};

test('docs/install.md has an example of each module', () => {
  const used = examples.map((text) => /inputs\.switchyard\.([\w.]+)/.exec(text)?.[1]);
  assert.equal(used.sort(), [...new Set(Object.values(KINDS).map(({ module }) => module))].sort());
});

for (const [name, kind] of Object.entries(KINDS))
  nixTest(`${name}: the example of docs/install.md is a host's configuration as it stands`, () => {
    const example = examples.find((text) => text.includes(kind.module)) ?? '';
    // The module is there already, and any file will do where the example names one.
    const config = example.replace(/imports = .*/, '').replace('./coordinator.toml', './lib.nix');
    assert.match(JSON.stringify(onHost(kind, config, MADE[name as keyof typeof KINDS])), /SWITCHYARD_/);
  });

test.run();
