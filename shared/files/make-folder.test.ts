import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makeFolder } from './make-folder.ts';

let dir: string;
test.before.each(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-folder-'));
});
test.after.each(() => rmSync(dir, { recursive: true }));

test('every missing parent is made for its owner only; an existing folder stays as it is', () => {
  makeFolder(join(dir, 'a/b/c'));
  makeFolder(join(dir, 'a/b/c'));
  for (const path of ['a', 'a/b', 'a/b/c']) assert.is(statSync(join(dir, path)).mode & 0o777, 0o700);
  makeFolder('/');
});

test("a folder that cannot be made is refused with the system's reason", () => {
  writeFileSync(join(dir, 'file'), '');
  assert.throws(() => makeFolder(join(dir, 'file')), /EEXIST/);
  assert.throws(() => makeFolder(join(dir, 'file/below')), /ENOTDIR/);
  assert.throws(() => makeFolder('/proc/no-such-process/below'), /ENOENT/);
});

test.run();
