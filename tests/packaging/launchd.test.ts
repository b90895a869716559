import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { ROOT } from './evaluate.ts';
import { KINDS, onHost } from './hosts.ts';
import { toPlist, understood } from './plist.ts';

type Job = Record<string, unknown> & { ProgramArguments: string[]; EnvironmentVariables: Record<string, string> };

const plistTest = testUnless([toolMissing('plistutil')]);
const nixTest = testUnless([toolMissing('plistutil'), toolMissing('nix')]);

const readPlist = (name: string) => readFileSync(join(ROOT, 'systemd', name), 'utf8');

/** The configuration that the examples in systemd/ show. */
const configured = (tokenFile: string) => `services.switchyard-agent = {
  enable = true; url = "wss://fleet.example.com"; repoUrl = "git@github.com:you/nixcfg.git"; tokenFile = "${tokenFile}";
};`;

/** Both platforms start a job so: /nix may be a volume that is mounted later. */
const inShell = (command: string) => ['/bin/sh', '-c', `/bin/wait4path /nix/store && exec ${command}`];

const Label = 'org.switchyard.agent';

nixTest('the daemon’s plist is the job that nix-darwin makes of the module', () => {
  const what = 'checked.launchd.daemons.switchyard-agent';
  const daemon = onHost(KINDS.darwinAgent, configured('/etc/switchyard/token'), what) as {
    command: string;
    serviceConfig: Job;
  };
  const job = { ...daemon.serviceConfig, Label, ProgramArguments: inShell(daemon.command) };
  assert.fixture(understood(readPlist('switchyard-agent-daemon.plist')), understood(toPlist(job)));
});

nixTest('the user agent’s plist is the job that home-manager makes of the module', () => {
  const what = 'checked.launchd.agents.switchyard-agent';
  const token = '/Users/you/.config/switchyard/token';
  const agent = onHost(KINDS.homeOnMac, configured(token), what) as { enable: boolean; config: Job };
  assert.is(agent.enable, true);
  const job = { ...agent.config, Label, ProgramArguments: inShell(agent.config.ProgramArguments.join(' ')) };
  assert.fixture(understood(readPlist('switchyard-agent-user.plist')), understood(toPlist(job)));
});

nixTest('no path of a store is in a job: a switch that brings a new agent leaves its plist as it is', () => {
  for (const [kind, what] of [
    ['darwinAgent', 'checked.launchd.daemons.switchyard-agent'],
    ['homeOnMac', 'checked.launchd.agents.switchyard-agent'],
  ] as const)
    assert.not.match(JSON.stringify(onHost(KINDS[kind], configured('/t'), what)), /\/nix\/store\/\w/);
});

for (const name of ['switchyard-agent-daemon.plist', 'switchyard-agent-user.plist'])
  plistTest(`${name}: started again after every end, its commands are left alone, its words are kept`, () => {
    const plist = understood(readPlist(name));
    for (const key of ['KeepAlive', 'AbandonProcessGroup', 'RunAtLoad'])
      assert.match(plist, new RegExp(`<key>${key}</key>\\s*<true/>`));
    for (const key of ['StandardOutPath', 'StandardErrorPath'])
      assert.match(plist, new RegExp(`<key>${key}</key>\\s*<string>/.*/switchyard-agent\\.log</string>`));
    assert.match(plist, /<key>SWITCHYARD_TOKEN_FILE<\/key>/);
  });

plistTest('a file that is not a property list is refused', () => {
  assert.throws(() => understood('<plist><dict><key>KeepAlive</key></plist>'));
});

test.run();
