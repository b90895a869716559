import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PlatformName } from '../../shared/ops/op-definition.ts';
import type { Config } from '../config/config.ts';
import type { Machine } from '../config/detect.ts';
import { guardSettingsOf } from './guard-settings.ts';

const settingsOn = (platform: PlatformName, machine: Partial<Machine>, env: Record<string, string> = {}) => {
  const config = { platform, guard: 'on', guardReboot: 'off', launcher: 'process' } as Config;
  return guardSettingsOf({ config, env, machine: machine as Machine }, 'boot-1', () => ['guard']);
};

const MAC = { os: 'darwin', uid: 0 } as const;

test("a Mac's guard folders are in /var/run, and its label names the agent", () => {
  const env = { XPC_SERVICE_NAME: 'org.nixos.switchyard-agent', PATH: '/bin', SWITCHYARD_TOKEN: 'secret' };
  const found = settingsOn('nix-darwin', MAC, env);
  assert.equal(
    [found?.runDir, found?.agentUnit, found?.inUnit, found?.environment],
    ['/var/run/switchyard-guard', 'org.nixos.switchyard-agent', false, { PATH: '/bin' }],
  );
});

test('an agent started by hand on a Mac has no label: launchd sets 0 or nothing', () => {
  assert.is(settingsOn('nix-darwin', MAC)?.agentUnit, null);
  for (const label of ['0', '$(reboot)'])
    assert.is(settingsOn('nix-darwin', MAC, { XPC_SERVICE_NAME: label })?.agentUnit, null);
});

test('homes, custom hosts and hosts without a folder in memory are not guarded', () => {
  for (const platform of ['home-manager', 'custom'] as const)
    assert.is(settingsOn(platform, { os: 'linux', uid: 0 }), null);
  assert.is(settingsOn('nixos', { os: 'linux', uid: 1000 }), null);
});

test.run();
