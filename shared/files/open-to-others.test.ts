import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isOpenToOthers } from './open-to-others.ts';

const folder = mkdtempSync(join(tmpdir(), 'switchyard-open-'));
chmodSync(folder, 0o755);
test.after(() => rmSync(folder, { recursive: true }));

const file = (name: string, mode: number): string => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, 'token');
  chmodSync(path, mode);
  return path;
};

test('a file is open to others if its mode and its parents let them read it', () => {
  assert.is(isOpenToOthers(file('all', 0o644)), true);
  assert.is(isOpenToOthers(file('owner', 0o600)), false);
  assert.is(isOpenToOthers(file('group', 0o640)), false);
  const closed = file('closed/all', 0o644);
  chmodSync(join(folder, 'closed'), 0o700);
  assert.is(isOpenToOthers(closed), false);
  assert.is(isOpenToOthers(join(folder, 'missing')), false);
});

test('a link is as open as its target', () => {
  const link = join(folder, 'link');
  symlinkSync(file('target', 0o600), link);
  assert.is(isOpenToOthers(link), false);
  chmodSync(join(folder, 'target'), 0o644);
  assert.is(isOpenToOthers(link), true);
});

test.run();
