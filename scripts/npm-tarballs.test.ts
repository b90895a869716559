import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lockDigest, readHashes, readLock } from './npm-tarballs.ts';

test('the hashes with which Nix fetches npm packages are of those that package-lock.json names', () => {
  assert.is(readHashes().lock, lockDigest(readLock()), 'run: node scripts/npm-tarballs.ts');
});

test('a changed package makes the hashes outdated; a release of Switchyard does not', () => {
  const lock = (version: string, integrity: string) =>
    JSON.stringify({ packages: { '': { version }, 'node_modules/one': { version: '1.0.0', integrity } } });
  assert.is(lockDigest(lock('0.1.0', 'sha512-a')), lockDigest(lock('0.2.0', 'sha512-a')));
  assert.is.not(lockDigest(lock('0.1.0', 'sha512-a')), lockDigest(lock('0.1.0', 'sha512-b')));
});

test.run();
