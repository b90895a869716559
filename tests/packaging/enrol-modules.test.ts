import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { hostsIn, KINDS, WORLDS } from './hosts.ts';

const nixTest = testUnless([toolMissing('nix')]);

const ENROLS = `services.switchyard-agent = {
  enable = true; url = "wss://fleet.example.com"; enrolTokenFile = "/etc/switchyard/enrol-token";
};`;

for (const world of WORLDS) {
  const { onHost } = hostsIn(world);
  const titled = (title: string, body: () => void) => nixTest(`${title} (${world.name})`, body);

  titled('on NixOS a host that enrols needs no credential, and its enrolment token may be gone later', () => {
    const { serviceConfig, environment } = onHost(
      KINDS.nixosAgent,
      ENROLS,
      'checked.systemd.services.switchyard-agent',
    ) as Record<string, Record<string, unknown>>;
    assert.is(environment?.SWITCHYARD_ENROL_TOKEN_FILE, '/etc/switchyard/enrol-token');
    assert.not.ok('SWITCHYARD_TOKEN_FILE' in (environment ?? {}));
    assert.not.ok('LoadCredential' in (serviceConfig ?? {}));
  });

  titled('elsewhere the agent gets the path of the enrolment token too, and no other', () => {
    const said = [
      JSON.stringify(onHost(KINDS.darwinAgent, ENROLS, 'checked.launchd.daemons.switchyard-agent.serviceConfig')),
      JSON.stringify(onHost(KINDS.homeOnMac, ENROLS, 'checked.launchd.agents.switchyard-agent.config')),
      JSON.stringify(onHost(KINDS.homeOnLinux, ENROLS, 'checked.systemd.user.services.switchyard-agent.Service')),
    ];
    for (const job of said) {
      assert.match(job, /SWITCHYARD_ENROL_TOKEN_FILE[^,]*\/etc\/switchyard\/enrol-token/);
      assert.not.match(job, 'SWITCHYARD_TOKEN_FILE');
    }
  });
}

test.run();
