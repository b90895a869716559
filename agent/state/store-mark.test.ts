import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openStoreMark } from './store-mark.ts';

let dir = '';
let failed: unknown[] = [];
test.before.each(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-mark-'));
  failed = [];
});
test.after.each(() => rmSync(dir, { recursive: true, force: true }));

async function open(token = 'one', file = join(dir, 'store-mark')) {
  const mark = await openStoreMark({ file, onFailed: (error) => failed.push(error) });
  mark.use(token);
  return mark;
}

test('the next agent has the newest mark, even a lower one', async () => {
  const first = await open();
  assert.is(first.current(), null);
  for (const mark of [7, 9, 8]) first.learn(mark);
  first.learn(undefined);
  assert.is(first.current(), 8);
  await first.kept();
  assert.is((await open()).current(), 8);
});

test('after the welcome of a store that was put back the old mark stays until all ends are reported, then the newest counts', async () => {
  const mark = await open();
  mark.learn(9);
  mark.welcomed({ storeMark: 3, knownMark: 2 });
  mark.learn(4);
  await mark.kept();
  assert.equal([mark.current(), (await open()).current()], [9, 9]);
  mark.goOn();
  await mark.kept();
  assert.equal([mark.current(), (await open()).current()], [4, 4]);
});

test('another token begins without a mark', async () => {
  const first = await open();
  first.learn(7);
  await first.kept();
  assert.is((await open('two')).current(), null);
});

test('a damaged file holds no mark', async () => {
  writeFileSync(join(dir, 'store-mark'), 'nonsense');
  assert.is((await open()).current(), null);
});

test('a mark that cannot be written holds until the agent leaves, and the next one is tried', async () => {
  const mark = await open('one', join(dir, 'missing', 'store-mark'));
  mark.learn(7);
  await mark.kept();
  mark.learn(8);
  await mark.kept();
  assert.is(mark.current(), 8);
  assert.is(failed.length, 2);
});

test.run();
