import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readUnitChanges } from './unit-changes.ts';

test('the planned changes of units are read, each unit once', () => {
  const said = `would stop the following units: nginx.service, dev-disk-by\\x2dlabel-swap.swap
would NOT stop the following changed units: display-manager.service
would activate the configuration...
would reload systemd
would reload the following units: dbus.service
would restart the following units: sshd.service
would restart the following units: sshd.service, nix-daemon.service
would start the following units: nginx.service
`;
  assert.equal(readUnitChanges(said), {
    stop: ['nginx.service', 'dev-disk-by\\x2dlabel-swap.swap'],
    start: ['nginx.service'],
    restart: ['sshd.service', 'nix-daemon.service'],
    reload: ['dbus.service'],
  });
});

test('without changes there are none', () => {
  assert.equal(readUnitChanges('would activate the configuration...\n'), {
    stop: [],
    start: [],
    restart: [],
    reload: [],
  });
});

test.run();
