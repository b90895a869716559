import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bootRoomLack } from './boot-room.ts';

const MIB = 1024 * 1024;
let dir: string;
test.before.each(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-boot-room-')));
  for (const [part, file, size] of [
    ['kernel', 'abc-linux-6.12/bzImage', 10],
    ['initrd', 'def-initrd/initrd', 30],
  ] as const) {
    const path = join(dir, 'store', file);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, '');
    truncateSync(path, size * MIB);
    mkdirSync(join(dir, 'system'), { recursive: true });
    symlinkSync(path, join(dir, 'system', part));
  }
});
test.after.each(() => rmSync(dir, { recursive: true }));

const lack = (free: number) =>
  bootRoomLack(join(dir, 'system'), [join(dir, 'none'), join(dir, 'boot')], async () => ({
    free: free * MIB,
    size: 0,
  }));

const lay = (folder: string, ...files: string[]) => {
  mkdirSync(join(dir, 'boot', folder), { recursive: true });
  for (const file of files) writeFileSync(join(dir, 'boot', folder, file), '');
};

test('kernel and initrd take a fifth more than they are long', async () => {
  lay('EFI/nixos');
  assert.is(await lack(48), null);
  assert.is(
    await lack(47),
    `The boot partition (${dir}/boot/EFI/nixos) has 47 MiB left of the 48 MiB that kernel and initrd take; nothing was changed`,
  );
});

test("files already there take no room, under each boot loader's names", async () => {
  lay('EFI/nixos', 'abc-linux-6.12-bzImage.efi');
  assert.is(await lack(36), null);
  assert.match(String(await lack(35)), '35 MiB left of the 36 MiB');
  rmSync(join(dir, 'boot'), { recursive: true });
  lay('kernels', 'abc-linux-6.12-bzImage', 'def-initrd-initrd');
  assert.is(await lack(0), null);
});

test('without a known boot loader or without a kernel no room is needed', async () => {
  assert.is(await lack(0), null);
  lay('EFI/nixos');
  for (const part of ['kernel', 'initrd']) rmSync(join(dir, 'system', part));
  assert.is(await lack(0), null);
});

test.run();
