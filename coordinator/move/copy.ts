import type { DatabaseSync } from 'node:sqlite';
import type { Session } from '../store/postgres/database.ts';
import { createTally, rowsOf, type Table, type Tally } from './tables.ts';

/** Rows of one statement, as bytes of JSON. */
const BATCH_BYTES = 2 * 1024 * 1024;
const FETCHED = 500;

/** Copies a table and returns the tally of its rows. */
export async function copyTable(sqlite: DatabaseSync, postgres: Session, table: Table): Promise<Tally> {
  const { name, columns } = table;
  const list = columns.map((column) => column.name).join(', ');
  const sql = `INSERT INTO ${name} (${list}) OVERRIDING SYSTEM VALUE
    SELECT ${list} FROM jsonb_populate_recordset(NULL::${name}, $rows::jsonb)`;
  const tally = createTally(columns);
  let batch: string[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await postgres.query({ sql, bound: { rows: `[${batch.join(',')}]` } });
    batch = [];
    bytes = 0;
  };
  for (const row of rowsOf(sqlite, table)) {
    tally.add(row);
    const text = JSON.stringify(row);
    batch.push(text);
    bytes += text.length;
    if (bytes >= BATCH_BYTES) await flush();
  }
  await flush();
  await goOnBehind(postgres, name);
  return tally.result();
}

/** New ids go on where SQLite's stopped, because a cursor must not be given twice. */
async function goOnBehind(postgres: Session, table: string): Promise<void> {
  const identities = await postgres.ask<{ name: string }>({
    sql: `SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($table) AND attidentity <> ''`,
    bound: { table },
  });
  for (const { name } of identities)
    await postgres.query({
      sql: `SELECT setval(pg_get_serial_sequence($table, $column), coalesce(max(${name}), 0) + 1, false) FROM ${table}`,
      bound: { table, column: name },
    });
}

/** Tallies the table's rows in PostgreSQL, as the present transaction sees them. */
export async function tallyTable(postgres: Session, { name, columns }: Table): Promise<Tally> {
  const tally = createTally(columns);
  const list = columns.map((column) => column.name).join(', ');
  await postgres.run(`DECLARE counted NO SCROLL CURSOR FOR SELECT ${list} FROM ${name}`);
  for (;;) {
    const { rows } = await postgres.query({ sql: `FETCH ${FETCHED} FROM counted` });
    for (const row of rows) tally.add(row);
    if (rows.length < FETCHED) break;
  }
  await postgres.run('CLOSE counted');
  return tally.result();
}
