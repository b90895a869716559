import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { packedFiles, packPackages } from './packed-packages.ts';

const OWN_FILES: Readonly<Record<string, string>> = {
  typebox: 'build/index.mjs',
  'typebox/compile': 'build/compile/index.mjs',
  'typebox/value': 'build/value/index.mjs',
};

test('packed, each package exports what its own files do', async () => {
  await packPackages();
  const packed = packedFiles();
  assert.equal([...packed.keys()], Object.keys(OWN_FILES));
  for (const [name, url] of packed) {
    const own = pathToFileURL(join(import.meta.dirname, '../node_modules/typebox', OWN_FILES[name] ?? '')).href;
    assert.equal(Object.keys(await import(url)), Object.keys(await import(own)), name);
  }
});

test('the packed entries are one TypeBox: a schema of one is checked by another', async () => {
  const packed = packedFiles();
  const [{ Type }, { Value }] = await Promise.all(
    ['typebox', 'typebox/value'].map((name) => import(packed.get(name) ?? '')),
  );
  const schema = Type.Object({ at: Type.Integer() });
  assert.equal([Value.Check(schema, { at: 1 }), Value.Check(schema, { at: 'no' })], [true, false]);
});

test.run();
