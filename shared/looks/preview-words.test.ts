import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Preview } from '../model/report.ts';
import { previewLines, previewSummary } from './preview-words.ts';

const PREVIEW: Preview = {
  commit: 'c1',
  builtPath: '/nix/store/new',
  same: false,
  packages: {
    added: ['curl'],
    removed: [],
    changed: [
      { name: 'etc', from: null, to: '7' },
      { name: 'glib', from: '1.2', to: '1.4' },
      { name: 'zlib', from: null, to: null },
    ],
  },
  closureBytes: 3 * 1024 * 1024,
  closureBytesBefore: 4 * 1024 * 1024,
  units: { stop: ['a.service'], start: ['a.service'], restart: [], reload: [] },
  rebootNeeded: true,
  inhibitors: ['dbus changed'],
};

test('a preview is shown line by line, obstacles first', () => {
  assert.equal(previewLines(PREVIEW), [
    'c1 builds /nix/store/new',
    'refuses a switch: dbus changed',
    'reboot needed: kernel, initrd or modules are others than were booted',
    'size: 3.0 MiB, −1.0 MiB',
    'packages added (1): curl',
    'packages changed (3): etc no version → 7, glib 1.2 → 1.4, zlib (built anew)',
    'units stopped (1): a.service',
    'units started (1): a.service',
  ]);
});

test('a summary counts a unit that stops and starts once', () => {
  assert.is(
    previewSummary(PREVIEW),
    'A switch would change 4 packages and 1 unit; size: 3.0 MiB, −1.0 MiB; reboot needed; the new system refuses a switch',
  );
  assert.is(previewSummary({ ...PREVIEW, same: true }), 'A switch would change nothing');
});

test('unknown is not shown as unchanged', () => {
  const unknown = { ...PREVIEW, closureBytes: null, closureBytesBefore: null, rebootNeeded: null, inhibitors: [] };
  assert.is(previewSummary(unknown), 'A switch would change 4 packages and 1 unit; size: not known');
});

test.run();
