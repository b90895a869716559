import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Session } from '../store/postgres/database.ts';
import { storable } from '../store/postgres/sql.ts';

/** A table of both databases, with the SQLite source of each PostgreSQL column. */
export type Table = { name: string; columns: readonly { name: string; from: string }[] };

/** The number of a table's rows and the sum of their hashes, which does not depend on order. */
export type Tally = { rows: number; hash: string };

/** Tables without data to move: a test write, and each database's own bookkeeping. */
const LEFT_OUT = new Set(['probe', 'lead', 'schema_steps', 'output', 'sqlite_sequence']);

/** Other tables' rows refer to these. */
const FIRST = ['hosts', 'enrolments', 'commands', 'rollouts'];

/** Columns with another name in SQLite, or inside a record there. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'hosts.seq': 'rowid',
  'last_reports.last_seen_at': 'seen_at',
  'commands.code': `CASE WHEN json_valid(record) THEN record ->> '$.command.code' END`,
};

/** The tables of both databases with their columns. Throws if one database has a table or column that the other lacks. */
export async function tablesOf(sqlite: DatabaseSync, postgres: Session): Promise<Table[]> {
  const names = sqlite
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => String(name))
    .filter((name) => !LEFT_OUT.has(name));
  const ordered = [...FIRST, ...names.filter((name) => !FIRST.includes(name))];
  const tables: Table[] = [];
  for (const name of ordered) {
    const known = new Set(
      sqlite
        .prepare(`PRAGMA table_info(${name})`)
        .all()
        .map((column) => String(column.name)),
    );
    const wanted = await postgres.ask<{ name: string }>({
      sql: `SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($name) AND attnum > 0 AND NOT attisdropped
        ORDER BY attnum`,
      bound: { name },
    });
    const columns = wanted.map((column) => ({
      name: column.name,
      from: ELSEWHERE[`${name}.${column.name}`] ?? column.name,
    }));
    const missing = columns.filter(({ from }) => /^\w+$/.test(from) && from !== 'rowid' && !known.has(from));
    const extra = [...known].filter((column) => !columns.some(({ from }) => from === column));
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

const MODULUS = 2n ** 256n;

/** Counts rows and adds up their hashes. */
export function createTally(columns: Table['columns']): { add(row: Record<string, unknown>): void; result(): Tally } {
  let rows = 0;
  let sum = 0n;
  return {
    add(row) {
      const values = JSON.stringify(columns.map(({ name }) => row[name] ?? null));
      rows += 1;
      sum = (sum + BigInt(`0x${createHash('sha256').update(values).digest('hex')}`)) % MODULUS;
    },
    result: () => ({ rows, hash: sum.toString(16).padStart(64, '0') }),
  };
}
