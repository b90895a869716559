import type { DatabaseSync } from 'node:sqlite';
import type { Session } from '../store/postgres/database.ts';
import type { Progress } from './progress.ts';
import { rowsOf, type Table } from './tables.ts';
import { compare, createTally, type NamedTally } from './tally.ts';

/** Rows of one statement, as bytes of JSON. */
const BATCH_BYTES = 2 * 1024 * 1024;
const FETCHED = 500;

type Ends = { sqlite: DatabaseSync; postgres: Session; table: Table; progress: Progress };

/** Copies a table from SQLite to PostgreSQL, in the present transaction, and compares both sides. */
export async function copyIn({ sqlite, postgres, table, progress }: Ends): Promise<NamedTally> {
  const { name } = table;
  const columns = table.columns.map((column) => column.name);
  const list = columns.join(', ');
  const sql = `INSERT INTO ${name} (${list}) OVERRIDING SYSTEM VALUE
    SELECT ${list} FROM jsonb_populate_recordset(NULL::${name}, $rows::jsonb)`;
  const read = createTally(columns);
  let batch: string[] = [];
  let [bytes, rows] = [0, 0];
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await postgres.query({ sql, bound: { rows: `[${batch.join(',')}]` } });
    batch = [];
    bytes = 0;
    progress.tick(() => `${name}: ${rows} rows so far`);
  };
  for (const row of rowsOf(sqlite, table)) {
    read.add(row);
    const text = JSON.stringify(row);
    batch.push(text);
    bytes += text.length;
    rows += 1;
    if (bytes >= BATCH_BYTES) await flush();
  }
  await flush();
  await goOnBehind(postgres, name, sequenceOf(sqlite, name));
  const written = createTally(columns);
  for await (const row of rowsIn(postgres, table)) written.add(row);
  return compare(name, read.result(), written.result());
}

/** Copies a table from PostgreSQL, as the present transaction sees it, to SQLite, and compares both sides. */
export async function copyOut({ sqlite, postgres, table, progress }: Ends): Promise<NamedTally> {
  const { name } = table;
  const stored = { name, columns: table.columns.filter(({ derived }) => !derived) };
  const columns = stored.columns.map((column) => column.name);
  const insert = sqlite.prepare(
    `INSERT INTO ${name} (${stored.columns.map(({ from }) => from).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  sqlite.exec(`DELETE FROM ${name}`);
  const read = createTally(columns);
  let rows = 0;
  for await (const row of rowsIn(postgres, stored)) {
    read.add(row);
    insert.run(...columns.map((column) => row[column] as string | number | null));
    rows += 1;
    progress.tick(() => `${name}: ${rows} rows so far`);
  }
  await copySequence(postgres, sqlite, name);
  const written = createTally(columns);
  for (const row of rowsOf(sqlite, stored)) written.add(row);
  return compare(name, read.result(), written.result());
}

async function* rowsIn(postgres: Session, { name, columns }: Table): AsyncGenerator<Record<string, unknown>, void> {
  const list = columns.map((column) => column.name).join(', ');
  await postgres.run(`DECLARE counted NO SCROLL CURSOR FOR SELECT ${list} FROM ${name}`);
  for (;;) {
    const { rows } = await postgres.query({ sql: `FETCH ${FETCHED} FROM counted` });
    yield* rows;
    if (rows.length < FETCHED) break;
  }
  await postgres.run('CLOSE counted');
}

/** The last id that SQLite gave out in a table whose ids never come again; 0 in any other. */
const sequenceOf = (sqlite: DatabaseSync, table: string): number =>
  Number(sqlite.prepare('SELECT seq FROM sqlite_sequence WHERE name = ?').get(table)?.seq ?? 0);

const identitiesOf = (postgres: Session, table: string): Promise<{ name: string }[]> =>
  postgres.ask({
    sql: `SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($table) AND attidentity <> ''`,
    bound: { table },
  });

/** New ids go on where SQLite's stopped, because a cursor or place must not be given twice. Its last row may be deleted by now. */
async function goOnBehind(postgres: Session, table: string, last: number): Promise<void> {
  for (const { name } of await identitiesOf(postgres, table))
    await postgres.query({
      sql: `SELECT setval(pg_get_serial_sequence($table, $column), greatest($last::bigint, coalesce(max(${name}), 0)) + 1, false)
        FROM ${table}`,
      bound: { table, column: name, last },
    });
}

/** The same in the other direction. A sequence may be ahead of the transaction's rows: that skips ids and repeats none. */
async function copySequence(postgres: Session, sqlite: DatabaseSync, table: string): Promise<void> {
  const isCounted = sqlite
    .prepare("SELECT 1 FROM sqlite_schema WHERE name = ? AND sql LIKE '%AUTOINCREMENT%'")
    .get(table);
  if (!isCounted) return;
  for (const { name } of await identitiesOf(postgres, table)) {
    const [sequence] = await postgres.ask<{ name: string }>({
      sql: 'SELECT pg_get_serial_sequence($table, $column) AS name',
      bound: { table, column: name },
    });
    const [next] = await postgres.ask<{ last: number }>({
      sql: `SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END AS last FROM ${sequence?.name}`,
    });
    sqlite.prepare('DELETE FROM sqlite_sequence WHERE name = ?').run(table);
    sqlite.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(table, next?.last ?? 0);
  }
}
