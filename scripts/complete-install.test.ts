import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type InstallingMachine, type Locked, leftOut } from './complete-install.ts';

const DEBIAN: InstallingMachine = { os: 'linux', cpu: 'x64', libc: 'glibc', omitsDev: false };

const PACKAGES: Record<string, Locked> = {
  '': {},
  'node_modules/always': { version: '1.0.0' },
  'node_modules/wanted-but-broken': { version: '1.0.0', optional: true },
  'node_modules/@bundler/linux': {
    version: '2.1.0',
    optional: true,
    dev: true,
    os: ['linux'],
    cpu: ['x64'],
    libc: ['glibc'],
  },
  'node_modules/@bundler/musl': {
    version: '2.1.0',
    optional: true,
    dev: true,
    os: ['linux'],
    cpu: ['x64'],
    libc: ['musl'],
  },
  'node_modules/@bundler/arm': { version: '2.1.0', optional: true, dev: true, os: ['linux'], cpu: ['arm64'] },
  'node_modules/@bundler/mac': { version: '2.1.0', optional: true, dev: true, os: ['darwin'], cpu: ['arm64'] },
  'node_modules/@bundler/wasm': { version: '2.1.0', optional: true, dev: true, cpu: ['wasm32'] },
  'node_modules/deep/node_modules/watcher': { version: '3.0.0', optional: true, os: ['linux', 'darwin'] },
};

test('an absent optional package for this machine counts as left out', () => {
  const none = () => false;
  assert.equal(leftOut(PACKAGES, DEBIAN, none), ['@bundler/linux@2.1.0', 'watcher@3.0.0']);
  assert.equal(leftOut(PACKAGES, { ...DEBIAN, libc: 'musl' }, none), ['@bundler/musl@2.1.0', 'watcher@3.0.0']);
  assert.equal(leftOut(PACKAGES, { os: 'darwin', cpu: 'arm64', libc: null, omitsDev: false }, none), [
    '@bundler/mac@2.1.0',
    'watcher@3.0.0',
  ]);
});

test('a present or unrequested package is left alone', () => {
  assert.equal(
    leftOut(PACKAGES, DEBIAN, () => true),
    [],
  );
  assert.equal(
    leftOut(PACKAGES, { ...DEBIAN, omitsDev: true }, () => false),
    ['watcher@3.0.0'],
  );
});

test.run();
