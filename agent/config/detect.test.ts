import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { detectPlatform, homeLinks, type Machine, systemdMissing, thisMachine } from './detect.ts';

const machine = (paths: string[], rest: Partial<Machine> = {}): Machine => ({
  os: 'linux',
  uid: 0,
  user: 'ada',
  stateHome: '/home/ada/.local/state',
  hostname: 'web1',
  exists: (path) => paths.includes(path),
  ...rest,
});

test('the platform is detected by the traces of its activation', () => {
  const cases: [string, Machine][] = [
    ['nixos', machine(['/etc/NIXOS'])],
    ['nixos', machine(['/run/current-system/nixos-version', '/run/current-system'])],
    ['nix-darwin', machine(['/run/current-system'], { os: 'darwin' })],
    ['home-manager', machine(['/home/ada/.local/state/nix/profiles/home-manager'])],
    ['home-manager', machine(['/nix/var/nix/profiles/per-user/ada/home-manager'], { os: 'darwin' })],
    ['home-manager', machine(['/state/nix/profiles/home-manager'], { stateHome: '/state' })],
    ['custom', machine(['/home/ada/.local/state/nix/profiles/home-manager'], { stateHome: '/state' })],
    ['custom', machine([])],
    ['custom', machine([], { os: 'darwin' })],
    ['custom', machine(['/run/current-system'])],
  ];
  for (const [platform, host] of cases) assert.is(detectPlatform(host), platform);
});

test('home-manager’s links are found where its activation looks for them', () => {
  const formerly = '/nix/var/nix/profiles/per-user/ada';
  const here = '/home/ada/.local/state/nix/profiles';
  const cases: [string, Machine][] = [
    [`${here}/home-manager`, machine([])],
    [`${here}/home-manager`, machine([here, formerly])],
    [`${formerly}/home-manager`, machine([formerly])],
    ['/state/nix/profiles/home-manager', machine([here], { stateHome: '/state' })],
  ];
  for (const [profile, host] of cases) assert.is(homeLinks(host).profile, profile);
  assert.is(homeLinks(machine([], { stateHome: '/state' })).current, '/state/home-manager/gcroots/current-home');
});

test('the folder of states is the one that XDG_STATE_HOME names, if it names one', () => {
  assert.is(thisMachine({ XDG_STATE_HOME: '/state' }).stateHome, '/state');
  for (const env of [{}, { XDG_STATE_HOME: '' }, { XDG_STATE_HOME: 'state' }])
    assert.match(thisMachine(env).stateHome, /^\/.*\/\.local\/state$/);
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
