import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readBootPath } from './boot-path.ts';

let dir: string;
test.before.each(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-boot-'));
});
test.after.each(() => rmSync(dir, { recursive: true }));

function lay(files: Readonly<Record<string, string>>): Promise<string | null> {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return readBootPath([join(dir, 'none'), dir]);
}

const system = (name: string) => `/nix/store/${name}-nixos-system-web1-25.11`;

test('systemd-boot starts the entry that loader.conf names', async () => {
  const entry = (name: string) => `title NixOS\nlinux /EFI/nixos/k.efi\noptions init=${system(name)}/init loglevel=4\n`;
  const files = {
    'loader/loader.conf': 'timeout 5\ndefault nixos-generation-2.conf\nconsole-mode keep\n',
    'loader/entries/nixos-generation-1.conf': entry('aaa'),
    'loader/entries/nixos-generation-2.conf': entry('bbb'),
  };
  assert.is(await lay(files), system('bbb'));
});

test('a default that is a pattern, or names a missing entry, is unknown', async () => {
  assert.is(await lay({ 'loader/loader.conf': 'default @saved\n' }), null);
  assert.is(await lay({ 'loader/loader.conf': 'default nixos-*.conf\n' }), null);
  assert.is(await lay({ 'loader/loader.conf': 'default nixos-generation-9.conf\n' }), null);
  assert.is(await lay({ 'loader/loader.conf': 'default ../../etc/passwd.conf\n' }), null);
});

test('extlinux starts the entry that DEFAULT names', async () => {
  const entry = (label: string, name: string) =>
    `LABEL ${label}\n  MENU LABEL x\n  LINUX ../nixos/k\n  APPEND init=${system(name)}/init quiet\n\n`;
  const text = `DEFAULT nixos-default\nTIMEOUT 50\n\n${entry('nixos-1', 'aaa')}${entry('nixos-default', 'bbb')}`;
  assert.is(await lay({ 'extlinux/extlinux.conf': text }), system('bbb'));
});

test('grub starts its first entry unless it has another default', async () => {
  const menu = `menuentry "NixOS" {\n  linux /k init=${system('bbb')}/init quiet\n}\nmenuentry "old" {\n  linux /k init=${system('aaa')}/init\n}\n`;
  const next = `"\${next_entry}"`;
  const once = `if [ ${next} ] ; then\n  set default=${next}\nelse\n  set default="0"\nfi\n`;
  assert.is(await lay({ 'grub/grub.cfg': `${once}${menu}` }), system('bbb'));
  assert.is(await lay({ 'grub/grub.cfg': `set default="\${saved_entry}"\n${menu}` }), null);
});

test('without a known loader the next boot is unknown', async () => {
  assert.is(await lay({ 'refind/refind.conf': 'x' }), null);
});

test.run();
