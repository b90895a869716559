import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { type HostKind, hostsIn, KINDS, WORLDS } from './hosts.ts';

const nixTest = testUnless([toolMissing('nix')]);

const CONFIG = {
  agent: 'services.switchyard-agent = { enable = true; url = "wss://fleet.example.com"; tokenFile = "/run/t"; };',
  coordinator: 'services.switchyard-coordinator.enable = true;',
};
const programOf = ({ module }: HostKind) => (module.endsWith('.coordinator') ? 'coordinator' : 'agent');
const configOf = (kind: HostKind) => CONFIG[programOf(kind)];
const packageOf = (kind: HostKind) => `checked.services.switchyard-${programOf(kind)}.package.outPath`;

for (const world of WORLDS) {
  const { onHost, refusal } = hostsIn(world);
  const titled = (title: string, body: () => void) => nixTest(`${title} (${world.name})`, body);

  for (const [name, kind] of Object.entries(KINDS)) {
    const [outputs = ''] = kind.module.split('.');

    titled(`${name}: imported from several places it counts once, and carries the flake’s commit`, () => {
      const once = onHost(kind, configOf(kind), packageOf(kind));
      const again = `imports = [ flake.${kind.module} flake.${outputs}.default { imports = [ flake.${kind.module} ]; } ];`;
      assert.is(onHost(kind, `${again} ${configOf(kind)}`, packageOf(kind)), once);
      // Without the flake, nobody knows the commit.
      const unstamped = `(pkgs.callPackages ../../systemd/nix/package.nix { }).${programOf(kind)}.outPath`;
      assert.is.not(onHost(kind, configOf(kind), unstamped), once);
    });

    titled(`${name}: a package of the operator’s own wins`, () => {
      const config = `${configOf(kind)} services.switchyard-${programOf(kind)}.package = pkgs.curl;`;
      assert.is(onHost(kind, config, packageOf(kind)), onHost(kind, configOf(kind), 'pkgs.curl.outPath'));
    });

    titled(`${name}: by path it is the same module, without a flake`, () => {
      const file = { nixos: `nixos-${programOf(kind)}`, darwin: 'darwin-agent', homeManager: 'home-manager-agent' }[
        kind.platform
      ];
      const config = `imports = [ ../../systemd/nix/${file}.nix ]; ${configOf(kind)}`;
      assert.is(onHost(kind, config, packageOf(kind)), onHost(kind, configOf(kind), packageOf(kind)));
    });

    for (const other of Object.values(KINDS))
      if (other.platform !== kind.platform && other.module.endsWith('.agent'))
        titled(`${name}: ${other.module} is refused there by its name`, () => {
          const why = refusal(kind, `imports = [ flake.${other.module} ];`, 'checked.assertions');
          assert.match(
            why,
            new RegExp(`${other.module.replace('.', '\\.')}.*${other.platform}.*${kind.platform}`, 's'),
          );
        });
  }

  titled('the default module of NixOS has both services', () => {
    const both = `imports = [ flake.nixosModules.default ]; ${CONFIG.agent} ${CONFIG.coordinator}`;
    const services = onHost(KINDS.nixosAgent, both, 'builtins.attrNames checked.systemd.services');
    assert.equal(services, ['switchyard-agent', 'switchyard-coordinator']);
  });
}

test.run();
