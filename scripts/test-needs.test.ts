import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type TestMachine, toolMissing, unlessRequired } from './test-needs.ts';

const ROOT = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'test-needs-'));
test.after(() => rmSync(folder, { recursive: true }));

/** A folder for PATH with only these programs. */
function bin(...tools: string[]): string {
  const dir = mkdtempSync(join(folder, 'bin-'));
  for (const tool of tools) writeFileSync(join(dir, tool), '#!/bin/sh\n', { mode: 0o755 });
  return dir;
}

const LAPTOP: TestMachine = { path: bin('nix'), isRoot: false, isCi: false, platform: 'darwin' };
const DEBIAN_ROOT: TestMachine = { path: bin('apt-get', 'nix'), isRoot: true, isCi: false, platform: 'linux' };

test('a present tool is not missing', () => {
  for (const machine of [LAPTOP, DEBIAN_ROOT]) assert.is(toolMissing('nix', machine), null);
});

test('a tool that this machine may lack is a reason to skip, which names its package', () => {
  assert.match(toolMissing('chromium', LAPTOP) ?? '', /no chromium .* package chromium\b/);
  assert.match(toolMissing('ip', { ...DEBIAN_ROOT, isRoot: false }) ?? '', /no ip .* package iproute2\b/);
  assert.match(toolMissing('ip', { ...DEBIAN_ROOT, path: bin() }) ?? '', /no ip /, 'root of what is no Debian');
});

test('a tool that root on Debian or a CI lacks is a failure, and so is one that does not work there', () => {
  for (const machine of [DEBIAN_ROOT, { ...LAPTOP, isCi: true }]) {
    assert.throws(() => toolMissing('chromium', machine), /there is no chromium here .*, and tests need it/);
    assert.throws(() => unlessRequired('nothing boots', machine), /nothing boots, and tests need it/);
  }
  assert.is(unlessRequired('nothing boots', LAPTOP), 'nothing boots');
});

test('a folder of that name is not a tool', () => {
  const path = bin();
  mkdirSync(join(path, 'nix'));
  assert.match(toolMissing('nix', { ...LAPTOP, path }) ?? '', 'no nix');
});

test('no suite skips but by testUnless, so that each skip has a reason that was judged', () => {
  const files = globSync('{agent,bench,coordinator,scripts,shared,systemd,tests}/**/*.{ts,tsx}', { cwd: ROOT });
  const own = new Set(['scripts/test-needs.test.ts', 'scripts/run-tests.process.test.ts']);
  const suites = files.filter((file) => /^tests\/|\.test\.tsx?$|(?<!^scripts)\/fixtures\//.test(file));
  assert.ok(suites.length > 200);
  const skips = (file: string) => /\.skip\b|# skip/.test(readFileSync(join(ROOT, file), 'utf8'));
  const skipping = suites.filter((file) => !own.has(file) && skips(file));
  assert.equal(skipping, []);
});

test.run();
