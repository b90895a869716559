import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readText, systemCode, writeDurably } from './durable-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'switchyard-durable-'));
test.after(() => rmSync(folder, { recursive: true }));

test('a file is replaced as a whole, readable by its owner only, and no other file is left', async () => {
  const path = join(folder, 'file');
  writeFileSync(path, 'the old text, which is longer', { mode: 0o644 });
  await writeDurably(path, 'new');
  assert.is(readFileSync(path, 'utf8'), 'new');
  assert.is(statSync(path).mode & 0o777, 0o600);
  assert.equal(readdirSync(folder), ['file']);
});

test('a failed write leaves the old text and throws the reason', async () => {
  const path = join(folder, 'kept');
  writeFileSync(path, 'old');
  mkdirSync(`${path}.new`);
  const error = await writeDurably(path, 'new').catch((caught: unknown) => caught);
  assert.is(systemCode(error), 'EISDIR');
  assert.is(await readText(path), 'old');
});

test('a missing file is null; any other error is thrown', async () => {
  assert.is(await readText(join(folder, 'none')), null);
  assert.is(systemCode(await readText(folder).catch((caught: unknown) => caught)), 'EISDIR');
  assert.is(systemCode(new Error('no system call')), null);
});

test.run();
