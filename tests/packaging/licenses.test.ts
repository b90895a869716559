import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type BuiltPrograms, builtPages, builtPrograms } from '../../scripts/built-programs.ts';
import { licenseOf, packageOf, toLatin1 } from '../../scripts/licenses.ts';
import { ROOT } from './evaluate.ts';

let programs: BuiltPrograms;
test.before(async () => {
  programs = await builtPrograms();
});

/** The files in a bundle by its own account: the bundler names each file before its code. */
const bundledIn = (bundle: string): string[] => [
  ...new Set([...bundle.matchAll(/^ *\/\/ (node_modules\/.+)$/gm)].flatMap(([, file = '']) => packageOf(file) ?? [])),
];

/** The file that a package brings, found without the tested code. */
function fileOf(folder: string): string | null {
  const [file] = globSync('[Ll][Ii][Cc][Ee][Nn][CcSs][Ee]*', { cwd: join(ROOT, folder) });
  return file === undefined
    ? null
    : readFileSync(join(ROOT, folder, file), 'utf8')
        .trim()
        .replaceAll('\r\n', '\n');
}

for (const [name, known] of [
  ['agent', ['execa', 'pino', 'systeminformation', 'tree-kill', 'typebox', 'ws']],
  ['coordinator', ['fastify', 'pino', 'typebox', 'ws']],
  ['switchyard', ['smol-toml', 'typebox', 'ws']],
] as const)
  test(`${name}.js carries the licence of each package that is in it`, () => {
    const bundle = readFileSync(programs[name], 'utf8');
    const packages = bundledIn(bundle);
    for (const one of known) assert.ok(packages.includes(`node_modules/${one}`), one);
    for (const folder of packages) {
      const { name: of, version } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
      assert.ok(bundle.includes(`\n${of} ${version} (`), of);
      const text = fileOf(folder);
      if (text !== null) assert.ok(bundle.includes(toLatin1(text).replaceAll('*/', '* /')), `the text of ${folder}`);
      else assert.match(licenseOf(ROOT, folder), /MIT License[\s\S]*Permission is hereby granted/, folder);
    }
    assert.not.match(bundle, /[^\0-\xff]/, 'V8 holds it in one byte a character');
  });

test('the pages come with the licenses of their packages, and so does the coordinator that carries the pages', async () => {
  const text = Buffer.from((await builtPages())['licenses.txt'] ?? '', 'base64').toString();
  const bundle = readFileSync(programs.coordinator, 'utf8');
  for (const folder of ['node_modules/solid-js', 'node_modules/anser']) {
    assert.ok(text.includes(fileOf(folder) ?? 'no file'), folder);
    assert.ok(bundle.includes(toLatin1(fileOf(folder) ?? 'no file')), folder);
  }
});

test.run();
