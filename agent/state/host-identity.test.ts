import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type IdentitySources, readBootId, readOs, thisHost } from './host-identity.ts';

const machine = (
  os: NodeJS.Platform,
  files: Record<string, string>,
  programs: Record<string, string> = {},
): IdentitySources => ({
  os,
  arch: 'arm64',
  readText(path) {
    const text = files[path];
    if (text === undefined) throw new Error(`ENOENT: ${path}`);
    return text;
  },
  run: (program, args) => programs[[program, ...args].join(' ')] ?? '',
});

test("the boot id is the kernel's, on macOS the boot session's", () => {
  assert.is(readBootId(machine('linux', { '/proc/sys/kernel/random/boot_id': 'a1b2\n' })), 'a1b2');
  assert.is(readBootId(machine('darwin', {}, { '/usr/sbin/sysctl -n kern.bootsessionuuid': 'A1B2\n' })), 'a1b2');
  assert.is(readBootId(thisHost), readBootId(thisHost));
  assert.match(readBootId(thisHost), /^[0-9a-f-]{36}$/);
});

test('the system has its own name for itself', () => {
  const release = 'PRETTY_NAME="NixOS 25.11"\nNAME=NixOS\nVERSION_ID="25.11"\n';
  assert.equal(readOs(machine('linux', { '/etc/os-release': release })), {
    name: 'NixOS',
    version: '25.11',
    arch: 'arm64',
  });
  const plist =
    '<dict><key>ProductName</key>\n<string>macOS</string><key>ProductVersion</key>\n<string>15.4</string></dict>';
  assert.equal(readOs(machine('darwin', { '/System/Library/CoreServices/SystemVersion.plist': plist })), {
    name: 'macOS',
    version: '15.4',
    arch: 'arm64',
  });
  assert.equal(readOs(machine('linux', {})), { name: 'linux', version: '', arch: 'arm64' });
});

test.run();
