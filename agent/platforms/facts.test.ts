import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isRebootNeeded } from './nix/reboot-needed.ts';

let dir: string;
test.before.each(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-facts-')));
});
test.after.each(() => rmSync(dir, { recursive: true }));

/** A system whose parts lead to files named `PART-VERSION`. */
function system(name: string, versions: Readonly<Record<string, number>>): string {
  const path = join(dir, name);
  mkdirSync(path);
  for (const [part, version] of Object.entries(versions)) {
    writeFileSync(join(dir, `${part}-${version}`), '');
    // A link, as in the store.
    symlinkSync(join(dir, `${part}-${version}`), join(path, part));
  }
  return path;
}

test('a reboot is needed where kernel, initrd or modules are not those that were booted', async () => {
  const parts = { kernel: 1, initrd: 1, 'kernel-modules': 1 };
  const booted = system('booted', parts);
  assert.is(await isRebootNeeded(booted, system('same', parts)), false);
  for (const part of Object.keys(parts))
    assert.is(await isRebootNeeded(booted, system(part, { ...parts, [part]: 2 })), true, part);
});

test('unknown if one of the systems does not show its parts', async () => {
  const booted = system('booted', { kernel: 1, initrd: 1, 'kernel-modules': 1 });
  assert.is(await isRebootNeeded(booted, system('bare', { kernel: 1 })), null);
  assert.is(await isRebootNeeded(booted, null), null);
  assert.is(await isRebootNeeded(null, booted), null);
});

test.run();
