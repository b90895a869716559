/** The floor of a restart: reads every record of the store, and parses it. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const [dataDir = '.'] = process.argv.slice(2);
const db = new DatabaseSync(join(dataDir, 'switchyard.db'), { readOnly: false });
const records = db
  .prepare('SELECT record FROM commands')
  .all()
  .map(({ record }) => JSON.parse(String(record)));
console.log(JSON.stringify({ msg: 'listening', address: '', records: records.length }));
// It stays until the program that started it ends it, or is gone.
process.once('disconnect', () => process.exit());
