import type { DatabaseSync } from 'node:sqlite';
import type { Session } from '../store/postgres/database.ts';
import { storable } from '../store/postgres/sql.ts';

/**
 * A table of both databases. `from`: the column's source in SQLite. `derived`: only PostgreSQL has the column, computed from another.
 */
export type Table = { name: string; columns: readonly { name: string; from: string; derived: boolean }[] };

/** A table of SQLite with its columns, and `rowid` where nothing else keeps the order of its rows. */
export type OwnTable = { name: string; columns: readonly string[] };

/** Tables without data to move: a test write, each database's own bookkeeping, and a backup's. */
const LEFT_OUT = new Set(['probe', 'lead', 'schema_steps', 'output', 'sqlite_sequence', 'backup', 'backup_tables']);

/** Other tables' rows refer to these. */
const FIRST = ['hosts', 'enrolments', 'commands', 'rollouts'];

/** Columns with another name in SQLite, or inside a record there. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'hosts.seq': 'rowid',
  'commands.code': `CASE WHEN json_valid(record) THEN record ->> '$.command.code' END`,
};

/** The tables of a SQLite database that hold the record. */
export function ownTables(sqlite: DatabaseSync): OwnTable[] {
  const names = sqlite
    .prepare("SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY name")
    .all()
    .map(({ name, wr }) => ({ name: String(name), isRowless: wr === 1 }))
    .filter(({ name }) => !LEFT_OUT.has(name) && name !== 'sqlite_schema');
  return names.map(({ name, isRowless }) => {
    const columns = sqlite.prepare(`PRAGMA main.table_info(${name})`).all();
    const keys = columns.filter(({ pk }) => Number(pk) > 0);
    const isRowid = keys.length === 1 && keys[0]?.type === 'INTEGER';
    const own = columns.map((column) => String(column.name));
    return { name, columns: isRowless || isRowid ? own : ['rowid', ...own] };
  });
}

/** The tables of both databases with their columns. Throws if one database has a table or column that the other lacks. */
export async function tablesOf(sqlite: DatabaseSync, postgres: Session): Promise<Table[]> {
  const own = ownTables(sqlite);
  const names = own.map(({ name }) => name);
  const tables: Table[] = [];
  for (const name of [...FIRST, ...names.filter((name) => !FIRST.includes(name))]) {
    const known = own.find((table) => table.name === name)?.columns ?? [];
    const wanted = await postgres.ask<{ name: string }>({
      sql: `SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($name) AND attnum > 0 AND NOT attisdropped
        ORDER BY attnum`,
      bound: { name },
    });
    const columns = wanted.map((column) => {
      const from = ELSEWHERE[`${name}.${column.name}`] ?? column.name;
      return { name: column.name, from, derived: !/^\w+$/.test(from) };
    });
    const missing = columns.filter(({ from, derived }) => !derived && !known.includes(from));
    const extra = known.filter((column) => column !== 'rowid' && !columns.some(({ from }) => from === column));
    if (columns.length === 0 || missing.length + extra.length > 0)
      throw new Error(
        `the table ${name} differs between the databases: ${[...missing.map((one) => one.name), ...extra]}`,
      );
    tables.push({ name, columns });
  }
  return tables;
}

/** Yields SQLite's rows in PostgreSQL's form. */
export function* rowsOf(sqlite: DatabaseSync, { name, columns }: Table): Generator<Record<string, unknown>> {
  const select = columns.map(({ name: column, from }) => `${from} AS "${column}"`).join(', ');
  for (const row of sqlite.prepare(`SELECT ${select} FROM ${name}`).iterate())
    yield Object.fromEntries(columns.map((column) => [column.name, storable(row[column.name])]));
}
