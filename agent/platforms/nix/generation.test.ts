import { lutimesSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isNewer, listGenerations, readGeneration, readSystemPath } from './generation.ts';

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

test('generations are those that lead anywhere, by number, with their specialisations', async () => {
  symlinkSync('gone', join(dir, 'system-11-link'));
  mkdirSync(join(dir, 'special/specialisation'), { recursive: true });
  symlinkSync('../../built', join(dir, 'special/specialisation/quiet'));
  symlinkSync('special', join(dir, 'system-13-link'));
  const [built, special] = [join(dir, 'built'), join(dir, 'special')];
  assert.equal(await listGenerations(profile), [
    ...[2, 9, 10, 12].map((number) => ({ number, path: built, specialisations: [] })),
    { number: 13, path: special, specialisations: [built] },
  ]);
  assert.equal(await listGenerations(join(dir, 'none', 'system')), []);
});

test('a profile without a link, or a link to something else, has no generation', async () => {
  assert.is(await readGeneration(join(dir, 'missing')), null);
  symlinkSync('other-11-link', join(dir, 'strange'));
  assert.is(await readGeneration(join(dir, 'strange')), null);
});

test('the active system is the target of the first link that has one', async () => {
  assert.is(await readSystemPath([join(dir, 'missing'), profile]), join(dir, 'built'));
  symlinkSync('gone', join(dir, 'dangling'));
  assert.is(await readSystemPath([join(dir, 'dangling')]), null);
});

test('the link set later is the newer one; a missing link is neither', async () => {
  const link = (name: string, at: number) => {
    symlinkSync('built', join(dir, name));
    lutimesSync(join(dir, name), at, at);
    return join(dir, name);
  };
  const [older, newer, gone] = [link('older', 10), link('newer', 20), join(dir, 'no-link')];
  assert.equal(await Promise.all([isNewer(newer, [gone, older]), isNewer(older, [newer]), isNewer(newer, [gone])]), [
    true,
    false,
    false,
  ]);
});

test.run();
