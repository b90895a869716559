import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { detectPlatform, type Machine, systemdMissing } from './detect.ts';

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

test('commands can be units where systemd runs the machine, to root, with its tool in PATH', () => {
  const paths = ['/run/systemd/system', '/usr/bin/systemd-run'];
  const cases: [RegExp | null, Machine, string][] = [
    [null, machine(paths), '/bin:/usr/bin'],
    [/does not run this machine/, machine(paths.slice(1)), '/usr/bin'],
    [/does not run this machine/, machine(paths, { os: 'darwin' }), '/usr/bin'],
    [/only root/, machine(paths, { uid: 1000 }), '/usr/bin'],
    [/systemd-run is not in PATH/, machine(paths), '/bin'],
  ];
  for (const [reason, host, path] of cases) {
    const missing = systemdMissing(host, path);
    if (reason) assert.match(missing ?? '', reason);
    else assert.is(missing, null);
  }
});

test.run();
