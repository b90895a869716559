import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createInstalledProbe, readFreshness } from './freshness.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-freshness-')));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const STORE_NAME = '0123456789abcdfghijklmnpqrsvwxyz-switchyard-agent-1.0';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function link(path: string, target: string): string {
  const file = join(folder, path);
  symlinkSync(target, file);
  return file;
}

const bundle = write(`store/${STORE_NAME}/lib/switchyard/agent.js`, '#!/usr/bin/env node\nrun();\n');
const packageDir = join(folder, 'store', STORE_NAME);
const BUILD = { storePath: packageDir, binaryHash: sha256('#!/usr/bin/env node\nrun();\n') };

test('the running agent is the hash of its bundle and the store path around it', async () => {
  assert.equal(await readFreshness(link('running', bundle), 'c0ffee'), { sourceCommit: 'c0ffee', ...BUILD });
  const plain = write('plain/agent.js', 'run();');
  assert.equal(await readFreshness(plain, null), { sourceCommit: null, storePath: null, binaryHash: sha256('run();') });
});

const WAYS: [string, () => string][] = [
  ['the bundle', () => bundle],
  ['a link to it', () => link('link', bundle)],
  ['the package', () => packageDir],
  ['a wrapper that names the bundle', () => write('sw/bin/agent', `#!/bin/sh\nexec "/x/bin/node" "${bundle}" "$@"\n`)],
  [
    'a wrapper in the package',
    () => write(`store/${STORE_NAME}/bin/switchyard-agent`, '#!/bin/sh -e\nexec node "$lib"\n'),
  ],
];
for (const [title, way] of WAYS)
  test(`the installed agent equals the running one when it is the same build: ${title}`, async () => {
    assert.equal(await createInstalledProbe(way())(), BUILD);
  });

test('a link to no agent is unknown', async () => {
  const stray = write('stray/bin/agent', '#!/bin/sh\nexec something-else\n');
  for (const path of [null, join(folder, 'missing'), join(folder, 'stray'), stray])
    assert.is(await createInstalledProbe(path)(), null, String(path));
});

test('a newly installed agent is seen at once, by its target or its content', async () => {
  const other = write('other/agent.js', 'other();');
  const current = link('current', bundle);
  const probe = createInstalledProbe(current);
  assert.equal(await probe(), BUILD);
  unlinkSync(current);
  link('current', other);
  assert.equal(await probe(), { storePath: null, binaryHash: sha256('other();') });
  write('other/agent.js', 'third();');
  assert.equal(await probe(), { storePath: null, binaryHash: sha256('third();') });
});

test('an unchanged file is not read again', async () => {
  const file = write('kept/agent.js', 'aaaa');
  utimesSync(file, 1, 1);
  const probe = createInstalledProbe(file);
  const first = await probe();
  writeFileSync(file, 'bbbb');
  utimesSync(file, 1, 1);
  assert.equal(await probe(), first, 'same inode, size and time');
});

test('a checkout is the hash over its sources, tests left out, wherever it lies', async () => {
  const checkout = (name: string, text: string) => {
    write(`${name}/agent/main.ts`, text);
    write(`${name}/agent/platforms/nixos.ts`, 'nixos');
    write(`${name}/shared/time/clock.ts`, 'clock');
    write(`${name}/shared/time/clock.test.ts`, name);
    return join(folder, name, 'agent/main.ts');
  };
  const hash = async (main: string) => (await readFreshness(main, null)).binaryHash;
  const one = await hash(checkout('one', 'main'));
  assert.is(await hash(checkout('two', 'main')), one);
  assert.is((await createInstalledProbe(checkout('one', 'main'))())?.binaryHash, one);
  assert.is.not(await hash(checkout('three', 'changed')), one);
});

test.run();
