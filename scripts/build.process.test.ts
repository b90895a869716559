import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import manifest from '../package.json' with { type: 'json' };
import { build, inAscii } from './build.ts';
import { withoutBuiltinImports } from './builtin-imports.ts';

const folder = mkdtempSync(join(tmpdir(), 'build-'));
const programs = { one: 'scripts/fixtures/program.ts', notYet: 'no/such/file.ts' };

/** Run from another folder than this checkout's. */
const buildElsewhere = `
  const { build } = await import(${JSON.stringify(new URL('./build.ts', import.meta.url).href)});
  await build({ outDir: process.argv[1], commit: 'c1', programs: ${JSON.stringify(programs)} });
`;

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

test('the folder that it is built in leaves no trace', async () => {
  const here = await bundle('here', 'c1');
  const file = join(folder, 'elsewhere/one.js');
  const args = ['--input-type=module', '-e', buildElsewhere, join(folder, 'elsewhere')];
  execFileSync(process.execPath, args, { cwd: folder });
  assert.ok(readFileSync(here).equals(readFileSync(file)));
});

test('characters other than ASCII are escaped, and mean what they meant', () => {
  const code = `JSON.stringify({ é: "ĳ✓…\u{1f680}", ["\u{1f468}\u200d\u{1f469}"]: /^[✓\u{1f680}]$/u.test("\u{1f680}") }) // ▲`;
  const escaped = inAscii(code);
  assert.not.match(escaped, /[^\0-\x7f]/);
  assert.is(runInNewContext(escaped), runInNewContext(code));
  assert.throws(() => inAscii('"\\✓"'), /escaped/);
});

test('imports of Node modules become constants on the same line, others stay', () => {
  const code = `import fs, { constants as c, openSync } from "node:fs";
import * as net from "net";
import "node:os";
import { a } from "./a.js";
`;
  assert.is(
    withoutBuiltinImports(code),
    `const fs = process.getBuiltinModule("node:fs"), { constants: c, openSync } = process.getBuiltinModule("node:fs");
const net = process.getBuiltinModule("net");

import { a } from "./a.js";
`,
  );
});

test('a program that serves HTTP starts without the fetch of Node', async () => {
  const [file] = await build({ outDir: join(folder, 'fetch'), commit: '', programs: { agent: 'agent/main.ts' } });
  const loaded =
    'process.on("exit", () => console.log(process.moduleLoadList.filter((one) => /http|undici/.test(one)).join()))';
  const args = ['--import', `data:text/javascript,${encodeURIComponent(loaded)}`, String(file), '--version'];
  const said = execFileSync(process.execPath, args, { encoding: 'utf8' });
  assert.match(said, /NativeModule http\b/);
  assert.not.match(said, /undici/);
});

test('the programs mask frames with their own code, not with a native package', async () => {
  const programs = { agent: 'agent/main.ts', coordinator: 'coordinator/main.ts' };
  for (const file of await build({ outDir: join(folder, 'masking'), commit: '', programs })) {
    const code = readFileSync(file, 'utf8');
    assert.match(code, '// shared/network/mask.ts');
    assert.not.match(code, /(?:require|import)\("bufferutil"\)/);
  }
});

test('a bundle contains only the version from the package manifest', async () => {
  assert.not.match(readFileSync(await bundle('manifest', ''), 'utf8'), manifest.description);
});

test.run();
