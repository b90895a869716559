import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { newDataDir } from '../fixtures/new-data-dir.ts';
import { fitToFleet, openDatabase } from './database.ts';

test('the cache grows with the fleet, from the default to 64 MB', () => {
  const db = openDatabase(join(newDataDir('cache'), 'switchyard.db'));
  const insert = db.prepare(
    "INSERT INTO hosts (id, name, tags, token_hash, created_at) SELECT value, value, '[]', value, 1 FROM json_each(?)",
  );
  const sizeWith = (from: number, to: number): unknown => {
    insert.run(JSON.stringify(Array.from({ length: to - from }, (_, n) => `host-${from + n}`)));
    fitToFleet(db);
    return db.prepare('PRAGMA cache_size').get()?.cache_size;
  };
  assert.equal([sizeWith(0, 100), sizeWith(100, 20_000), sizeWith(20_000, 120_000)], [-2_000, -13_000, -65_536]);
  db.close();
});

test.run();
