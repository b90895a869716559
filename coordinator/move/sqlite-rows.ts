import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { type OwnTable, ownTables } from './tables.ts';
import { compare, createTally, type NamedTally, type Tally } from './tally.ts';

/**
 * Copies every row from one SQLite database to another with the same tables, as one transaction sees them, and compares both sides.
 * Rows keep their ids, and new ids go on where the source's stopped.
 * @param from The file, which is only read.
 */
export function copyRows(from: string, to: DatabaseSync, copied: (table: NamedTally) => void): NamedTally[] {
  to.prepare('ATTACH DATABASE ? AS source').run(`${pathToFileURL(from).href}?mode=ro`);
  to.exec('BEGIN');
  const tallies = ownTables(to).map((table) => {
    const { name, columns } = table;
    const list = columns.join(', ');
    to.exec(`DELETE FROM main.${name}; INSERT INTO main.${name} (${list}) SELECT ${list} FROM source.${name}`);
    const tally = compare(name, tallyOf(to, table, 'source'), tallyOf(to, table));
    copied(tally);
    return tally;
  });
  to.exec(`DELETE FROM main.sqlite_sequence;
    INSERT INTO main.sqlite_sequence (name, seq) SELECT name, seq FROM source.sqlite_sequence`);
  to.exec('COMMIT; DETACH DATABASE source');
  return tallies;
}

/** Tallies a table's rows as they stand in SQLite. */
export function tallyOf(db: DatabaseSync, { name, columns }: OwnTable, schema = 'main'): Tally {
  const tally = createTally(columns);
  for (const row of db.prepare(`SELECT ${columns.join(', ')} FROM ${schema}.${name}`).iterate()) tally.add(row);
  return tally.result();
}
