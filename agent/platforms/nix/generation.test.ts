import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { previousGeneration, readGeneration, readSystemPath } from './generation.ts';

let dir: string;
let profile: string;
test.before(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-generation-')));
  profile = join(dir, 'system');
  mkdirSync(join(dir, 'built'));
  for (const number of [2, 9, 10, 12]) symlinkSync('built', join(dir, `system-${number}-link`));
  symlinkSync('built', join(dir, 'other-11-link'));
  symlinkSync('built', join(dir, 'system-x-link'));
  symlinkSync('system-10-link', profile);
});
test.after(() => rmSync(dir, { recursive: true, force: true }));

test('the active generation is the one that the profile leads to', async () => {
  assert.is(await readGeneration(profile), 10);
});

test('the generation before it is chosen by number, not by name or by age', async () => {
  assert.is(await previousGeneration(profile), 9);
});

test('a profile without a link, or a link to something else, has no generation', async () => {
  assert.is(await readGeneration(join(dir, 'missing')), null);
  assert.is(await previousGeneration(join(dir, 'missing')), null);
  symlinkSync('other-11-link', join(dir, 'strange'));
  assert.is(await readGeneration(join(dir, 'strange')), null);
});

test('what is active is where the first link leads that leads anywhere', async () => {
  assert.is(await readSystemPath([join(dir, 'missing'), profile]), join(dir, 'built'));
  symlinkSync('gone', join(dir, 'dangling'));
  assert.is(await readSystemPath([join(dir, 'dangling')]), null);
});

test.run();
