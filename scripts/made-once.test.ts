import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { madeOnce } from './made-once.ts';

const parent = mkdtempSync(join(tmpdir(), 'made-once-'));
test.after(() => rmSync(parent, { recursive: true, force: true }));

const content = (name: string) => readFileSync(join(parent, name, 'text'), 'utf8');

test('a folder is made once, and has its name only when it is whole', async () => {
  const dir = join(parent, 'one');
  const make = (text: string) => (own: string) => {
    assert.not.ok(existsSync(dir));
    writeFileSync(join(own, 'text'), text);
  };
  await madeOnce(dir, make('first'));
  await madeOnce(dir, make('second'));
  assert.is(content('one'), 'first');
});

test('the folder that another run made meanwhile stays, and this run uses it', async () => {
  const dir = join(parent, 'two');
  const other = () => {
    mkdirSync(dir);
    writeFileSync(join(dir, 'text'), 'other');
  };
  await madeOnce(dir, other);
  assert.is(content('two'), 'other');
  rmSync(dir, { recursive: true });
  await madeOnce(dir, () => {
    other();
    throw new Error('the rename found another folder in its place');
  });
  assert.is(content('two'), 'other');
});

test('a failure is reported and leaves nothing', async () => {
  const before = readdirSync(parent);
  const failed = await madeOnce(join(parent, 'three'), () => Promise.reject(new Error('no room'))).catch(String);
  assert.is(failed, 'Error: no room');
  assert.equal(readdirSync(parent), before);
});

test.run();
