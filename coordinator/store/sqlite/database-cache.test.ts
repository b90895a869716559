import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { newDataDir } from '../fixtures/new-data-dir.ts';
import { fitToFleet, openDatabase } from './database.ts';

test('cache and checkpoints grow with the fleet, from the default to 64 MB', () => {
  const db = openDatabase(join(newDataDir('cache'), 'switchyard.db'));
  const insert = db.prepare(
    "INSERT INTO hosts (id, name, tags, token_hash, created_at) SELECT value, value, '[]', value, 1 FROM json_each(?)",
  );
  const sizeWith = (from: number, to: number): unknown => {
    insert.run(JSON.stringify(Array.from({ length: to - from }, (_, n) => `host-${from + n}`)));
    fitToFleet(db);
    const { cache_size: cache } = db.prepare('PRAGMA cache_size').get() ?? {};
    const { wal_autocheckpoint: pages } = db.prepare('PRAGMA wal_autocheckpoint').get() ?? {};
    return [cache, pages];
  };
  assert.equal(sizeWith(0, 100), [-2_000, 4_000]);
  assert.equal(sizeWith(100, 50_000), [-32_500, 8_000]);
  assert.equal(sizeWith(50_000, 120_000), [-65_000, 16_000]);
  db.close();
});

test.run();
