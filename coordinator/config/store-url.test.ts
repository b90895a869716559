import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from './config.ts';
import { readStoreUrl, readUrlOrFile, type StoreUrl } from './store-url.ts';

const URL = 'postgres://switchyard:s3cret@db.example.com/switchyard?sslmode=verify-full';

const dir = mkdtempSync(join(tmpdir(), 'switchyard-store-url-'));
test.after(() => rmSync(dir, { recursive: true }));

test('the file wins over the variable, and SQLite is the default', () => {
  const storeFile = join(dir, 'url');
  writeFileSync(storeFile, `${URL}\n`);
  assert.equal(readStoreUrl({ store: 'postgres://other/x', storeFile }), { kind: 'url', url: URL });
  assert.equal(readStoreUrl({ store: URL, storeFile: null }), { kind: 'url', url: URL });
  assert.equal(readStoreUrl({ store: null, storeFile: null }), { kind: 'url', url: null });
});

test('a fault names the option and never quotes the password', () => {
  const storeFile = join(dir, 'other');
  writeFileSync(storeFile, 'mysql://switchyard:s3cret@db/x');
  const fault = readStoreUrl({ store: null, storeFile });
  assert.equal(fault, {
    kind: 'fault',
    fault: `SWITCHYARD_STORE_FILE (--store-file): ${storeFile} must hold a postgres:// URL`,
  });
  const missing = readStoreUrl({ store: null, storeFile: join(dir, 'none') });
  assert.match(missing.kind === 'fault' ? missing.fault : '', 'cannot be read (ENOENT)');
  const given = readConfig([], { SWITCHYARD_STORE: 'mysql://switchyard:s3cret@db/x' });
  assert.equal(given.kind === 'fault' && given.fault, 'SWITCHYARD_STORE takes a postgres:// URL');
  const flag = readConfig(['--store', URL], {});
  assert.match(flag.kind === 'fault' ? flag.fault : '', '--store is not an option');
});

test('a URL that cannot be understood is refused at once, wherever it stands, and not quoted', () => {
  const storeFile = join(dir, 'unclear');
  for (const [url, reason] of [
    ['postgres://switchyard:s3cret@db:99999/x', 'Invalid URL'],
    ['postgres://switchyard:s3cret@[::1/x', 'Invalid URL'],
    ['postgres://switchyard:%E4s3cret@db/x', 'URI malformed'],
    [
      `postgres://switchyard:s3cret@db/x?sslrootcert=${dir}/none`,
      `ENOENT: no such file or directory, open '${dir}/none'`,
    ],
  ] as const) {
    writeFileSync(storeFile, url);
    const said = `a postgres:// URL: ${reason}`;
    const faultOf = (read: StoreUrl): string => (read.kind === 'fault' ? read.fault : '');
    assert.is(faultOf(readStoreUrl({ store: url, storeFile: null })), `SWITCHYARD_STORE takes ${said}`);
    assert.is(
      faultOf(readStoreUrl({ store: null, storeFile })),
      `SWITCHYARD_STORE_FILE (--store-file): ${storeFile} must hold ${said}`,
    );
    assert.is(faultOf(readUrlOrFile(url, '--to', 'a URL')), `--to takes ${said}`);
    assert.is(faultOf(readUrlOrFile(storeFile, '--to', 'a URL')), `--to: ${storeFile} must hold ${said}`);
  }
  for (const url of ['postgres://x@/db?host=%2Frun%2Fpg', 'postgresql://', 'postgres://a,b/x'])
    assert.equal(readStoreUrl({ store: url, storeFile: null }), { kind: 'url', url });
  assert.equal(readUrlOrFile('mysql://s3cret@db/x', '--to', 'a URL'), { kind: 'fault', fault: '--to takes a URL' });
});

test.run();
