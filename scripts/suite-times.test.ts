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

test('the longest comes first, after the suites without a known time, largest first', () => {
  const sizes: Record<string, number> = { new: 10, newer: 20 };
  const sorted = longestFirst(['a', 'b', 'new', 'c', 'newer'], { a: 2, b: 3, c: 1 }, (suite) => sizes[suite] ?? 0);
  assert.equal(sorted, ['newer', 'new', 'b', 'a', 'c']);
});

test('the size of a suite includes the files that it imports', () => {
  const suites = {
    small: '',
    long: 'x'.repeat(200),
    importing: "import './large.ts';\nimport { y } from './large.ts';\n",
  };
  writeFileSync(join(folder, 'large.ts'), 'y'.repeat(1_000));
  for (const [name, text] of Object.entries(suites)) writeFileSync(join(folder, name), text);
  const files = Object.keys(suites).map((name) => join(folder, name));
  const names = longestFirst(files, {}).map((path) => path.slice(folder.length + 1));
  assert.equal(names, ['importing', 'long', 'small']);
});

test.run();
