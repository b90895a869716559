import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rootMissing, testUnless } from './test-needs.ts';
import { TEST_TOOLS } from './test-tools.ts';

const SCRIPT = join(import.meta.dirname, 'prepare-machine.ts');
const folder = mkdtempSync(join(tmpdir(), 'prepare-'));
const bin = join(folder, 'bin');
const calls = join(folder, 'calls');

test.before.each(() => {
  rmSync(folder, { recursive: true });
  mkdirSync(bin, { recursive: true });
});
test.after(() => rmSync(folder, { recursive: true }));

function command(name: string, script = ''): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** Runs the script on a machine that has just the given commands. */
const prepare = () => execFileSync(process.execPath, [SCRIPT], { env: { PATH: bin }, encoding: 'utf8' });

const logCall = `echo "$DEBIAN_FRONTEND $*" >>${calls}`;

test('a machine that has every tool is left alone', () => {
  for (const tool of Object.keys(TEST_TOOLS)) command(tool);
  command('apt-get', logCall);
  assert.is(prepare(), '');
  assert.not.ok(existsSync(calls));
});

test('a machine without apt-get is left alone', () => {
  assert.is(prepare(), '');
});

const rootTest = testUnless([rootMissing()]);

rootTest('missing packages are installed, without recommended ones and without questions', () => {
  for (const tool of Object.keys(TEST_TOOLS)) if (!['nix', 'ps'].includes(tool)) command(tool);
  command('apt-get', logCall);
  assert.is(prepare(), 'installing nix-bin, procps\n');
  assert.is(
    readFileSync(calls, 'utf8'),
    'noninteractive -qq update\nnoninteractive -qq install --yes --no-install-recommends nix-bin procps\n',
  );
});

rootTest('a failed installation is reported with its reason', () => {
  command('apt-get', 'echo "E: no network" >&2; exit 100');
  assert.match(prepare(), /could not install .*\bgit\b.*; the tests that need them will fail. E: no network/);
});

test.run();
