import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { detectPlatform, type Machine } from './detect.ts';

const machine = (paths: string[], rest: Partial<Machine> = {}): Machine => ({
  os: 'linux',
  uid: 0,
  user: 'ada',
  home: '/home/ada',
  hostname: 'web1',
  exists: (path) => paths.includes(path),
  ...rest,
});

test('the platform is known by what its activation leaves behind', () => {
  const cases: [string, Machine][] = [
    ['nixos', machine(['/etc/NIXOS'])],
    ['nixos', machine(['/run/current-system/nixos-version', '/run/current-system'])],
    ['nix-darwin', machine(['/run/current-system'], { os: 'darwin' })],
    ['home-manager', machine(['/home/ada/.local/state/nix/profiles/home-manager'])],
    ['home-manager', machine(['/nix/var/nix/profiles/per-user/ada/home-manager'], { os: 'darwin' })],
    ['custom', machine([])],
    ['custom', machine([], { os: 'darwin' })],
    ['custom', machine(['/run/current-system'])],
  ];
  for (const [platform, host] of cases) assert.is(detectPlatform(host), platform);
});

test.run();
