import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { asComment, licenseOf, licensesOf, packagesOf, toLatin1 } from './licenses.ts';

const root = mkdtempSync(join(tmpdir(), 'switchyard-licenses-'));
test.after(() => rmSync(root, { recursive: true }));
writeFileSync(join(root, 'LICENSE'), 'MIT License\n\nCopyright (c) 2026 us\n\nPermission\n');

function addPackage(name: string, license: string, files: Record<string, string>): string {
  const folder = `node_modules/${name}`;
  mkdirSync(join(root, folder), { recursive: true });
  const manifest = { name, version: '1.2.3', license, author: 'Ada <ada@example.com>' };
  writeFileSync(join(root, folder, 'package.json'), JSON.stringify(manifest));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(root, folder, file), text);
  return folder;
}

test('files belong to the innermost package, and ours to none', () => {
  assert.equal(
    packagesOf([
      'node_modules/b/x.js',
      'a.ts',
      'node_modules/@s/a/y/z.js',
      'node_modules/b/node_modules/c/i.js',
      'node_modules/b/w.js',
    ]),
    ['node_modules/@s/a', 'node_modules/b', 'node_modules/b/node_modules/c'],
  );
});

test("every licence and notice of a package is included, whatever its file's name", () => {
  const folder = addPackage('many', 'Apache-2.0', {
    'COPYING.txt': 'the licence\r\n',
    NOTICE: 'a notice',
    'license.js': 'code',
  });
  assert.is(licenseOf(root, folder), 'many 1.2.3 (Apache-2.0)\n\nthe licence\n\na notice');
});

test('a package without a file gets the text of its named licence, or fails the build', () => {
  const mit = addPackage('none', 'MIT', {});
  assert.is(
    licenseOf(root, mit),
    'none 1.2.3 (MIT)\n\nMIT License\n\nCopyright (c) Ada <ada@example.com>\n\nPermission',
  );
  const other = addPackage('other', 'ISC', {});
  assert.throws(() => licensesOf(root, [mit, other]), /other 1\.2\.3 \(ISC\) has no file/);
});

test('a comment cannot be ended early, and has no character that would widen the source', () => {
  assert.is(asComment(''), '');
  assert.match(asComment('code */ evil()'), /code \* \/ evil\(\)\n\*\/\n$/);
  assert.is(toLatin1('Ionică “x” – © Jörg 日'), 'Ionica "x" - © Jörg ?');
});

test.run();
