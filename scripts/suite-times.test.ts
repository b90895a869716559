import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { keepSuiteTimes, longestFirst, readSuiteTimes } from './suite-times.ts';

const folder = mkdtempSync(join(tmpdir(), 'suite-times-'));
const file = join(folder, 'new', 'times.json');
test.after(() => rmSync(folder, { recursive: true }));

test('times are kept from run to run, the newest of each suite', () => {
  assert.equal(readSuiteTimes(file), {});
  keepSuiteTimes({ a: 1, b: 2 }, file);
  keepSuiteTimes({ b: 3 }, file);
  assert.equal(readSuiteTimes(file), { a: 1, b: 3 });
  assert.equal(readdirSync(join(folder, 'new')), ['times.json']);
});

test('a broken file counts as missing', () => {
  writeFileSync(file, '{"a":');
  assert.equal(readSuiteTimes(file), {});
});

test('the longest comes first, after suites without a known time', () => {
  assert.equal(longestFirst(['a', 'b', 'new', 'c', 'newer'], { a: 2, b: 3, c: 1 }), ['new', 'newer', 'b', 'a', 'c']);
});

test.run();
