import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import { setNextBoot } from './next-boot.ts';

test('the next boot is set although its evidence cannot be written', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-boot-'));
  try {
    const [built, profile, evidenceDir] = [join(dir, 'built'), join(dir, 'system'), join(dir, 'evidence')];
    mkdirSync(built);
    symlinkSync(built, profile);
    // Every write fails, as on a full disk.
    writeFileSync(evidenceDir, '');
    const said: string[] = [];
    const ran: string[] = [];
    const run = async ([program, ...args]: readonly string[]) => {
      ran.push(`${program} ${args[2] ?? args[0]}`);
      return { code: 0, stdout: '' };
    };
    const io = { clock: createFakeClock(), evidenceDir, run, say: (line: string) => void said.push(line) };
    assert.is(await setNextBoot([JSON.stringify({ built, profile, asks: true })], io), 0);
    assert.equal(ran, ['nix-env --set', `${built}/bin/switch-to-configuration boot`]);
    assert.match(said.join('\n'), /^it is done, but its evidence could not be written: .*\nthe next boot starts /);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('it says so if the boot loader cannot be written and the profile stays moved', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-boot-'));
  try {
    const profile = join(dir, 'system');
    for (const number of [1, 2]) symlinkSync(dir, join(dir, `system-${number}-link`));
    symlinkSync('system-1-link', profile);
    const said: string[] = [];
    const run = async ([, , , action]: readonly string[]) => {
      if (action === '--set') {
        rmSync(profile);
        symlinkSync('system-2-link', profile);
      }
      return { code: action === '--set' ? 0 : 7, stdout: '' };
    };
    const io = { clock: createFakeClock(), evidenceDir: dir, run, say: (line: string) => void said.push(line) };
    assert.is(await setNextBoot([JSON.stringify({ built: dir, profile, asks: true })], io), 7);
    assert.equal(said, [
      'the boot loader was not written (exit 7)',
      'the profile could not be put back to generation 1 (exit 7)',
    ]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test.run();
