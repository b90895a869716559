import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import manifest from '../package.json' with { type: 'json' };
import { build } from './build.ts';

const folder = mkdtempSync(join(tmpdir(), 'build-'));
const programs = { one: 'scripts/fixtures/program.ts', notYet: 'no/such/file.ts' };

test.after(() => rmSync(folder, { recursive: true }));

async function bundle(name: string, commit: string): Promise<string> {
  const files = await build({ outDir: join(folder, name), commit, programs });
  assert.equal(files, [join(folder, name, 'one.js')]);
  return String(files[0]);
}

test('a bundle runs by itself, CommonJS dependencies included, and says what it was built from', async () => {
  const file = await bundle('stamped', 'c0ffee');
  const said: unknown = JSON.parse(execFileSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' }));
  assert.equal(said, { version: manifest.version, commit: 'c0ffee', commonJs: ['function', 'function'] });
});

test('without a commit the bundle says that it is not known', async () => {
  const said = execFileSync(process.execPath, [await bundle('unknown', '')], { encoding: 'utf8' });
  assert.is(JSON.parse(said).commit, null);
});

test('the same source and commit give the same bytes, another commit gives others', async () => {
  const [first, again, other] = await Promise.all([bundle('a', 'c1'), bundle('b', 'c1'), bundle('c', 'c2')]);
  assert.ok(readFileSync(first).equals(readFileSync(again)));
  assert.not.ok(readFileSync(first).equals(readFileSync(other)));
});

test('of the package manifest only the version is in a bundle', async () => {
  assert.not.match(readFileSync(await bundle('manifest', ''), 'utf8'), manifest.description);
});

test.run();
