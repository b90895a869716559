import { rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createRunFolder, type Machine } from './run-folder.ts';

const GIB = 2 ** 30;
const mounted = (line: string) => `/dev/vda / ext4 rw,relatime 0 0\n${line}\n`;

const DISKS: [why: string, machine: Machine | null][] = [
  ['there is none', null],
  ['it is not mounted', { mounts: mounted(''), freeBytes: GIB }],
  ['it is small', { mounts: mounted('tmpfs /dev/shm tmpfs rw,nosuid 0 0'), freeBytes: GIB - 1 }],
  ['nothing may be started from it', { mounts: mounted('tmpfs /dev/shm tmpfs rw,nosuid,noexec 0 0'), freeBytes: GIB }],
  ['it cannot be written', { mounts: mounted('tmpfs /dev/shm tmpfs ro 0 0'), freeBytes: GIB }],
];

for (const [why, machine] of DISKS)
  test(`where memory keeps no files, the disk does: ${why}`, () => {
    const folder = createRunFolder(machine);
    const { mode } = statSync(folder);
    rmSync(folder, { recursive: true });
    assert.is(dirname(folder), tmpdir());
    assert.is(mode & 0o7777, 0o1777, 'open to all users');
  });

test('where it does, they are there', () => {
  const machine = { mounts: mounted('shm /dev/shm tmpfs rw,relatime 0 0'), freeBytes: GIB };
  let folder = '';
  try {
    folder = createRunFolder(machine);
  } catch (error) {
    // Another system.
    assert.match(String(error), 'ENOENT');
    assert.match(String(error), '/dev/shm/switchyard-tests-');
    return;
  }
  rmSync(folder, { recursive: true });
  assert.is(dirname(folder), '/dev/shm');
});

test.run();
