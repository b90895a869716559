import type { QueryResult } from 'pg';

/** A statement and the values of its `$name`s. */
export type Asked = { sql: string; bound?: Readonly<Record<string, unknown>> };

type Prepared = { name: string; text: string; names: readonly string[] };

const prepared = new Map<string, Prepared>();

/** A query for `pg`. Named parameters become numbered ones. Each session plans a text once. */
export function queryOf({ sql, bound = {} }: Asked): { name: string; text: string; values: unknown[] } {
  const known = prepared.get(sql) ?? prepare(sql);
  prepared.set(sql, known);
  return { name: known.name, text: known.text, values: known.names.map((one) => bound[one]) };
}

function prepare(sql: string): Prepared {
  const names: string[] = [];
  const text = sql.replace(/\$([a-z]\w*)/gi, (_, name: string) => {
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  return { name: `s${prepared.size}`, text, names };
}

const camel = (column: string): string => column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The rows, with columns named as in TypeScript. */
export function rowsOf<Row>({ fields, rows }: QueryResult): Row[] {
  const names = fields.map(({ name }) => [name, camel(name)] as const);
  return rows.map((row) => Object.fromEntries(names.map(([column, name]) => [name, row[column]])) as Row);
}

/** A row with columns named as in SQL, and texts without NUL and lone surrogates, which PostgreSQL refuses. */
export function columnsOf(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [snake(name), storable(value)]));
}

export const storable = <Value>(value: Value): Value =>
  typeof value === 'string' ? (value.toWellFormed().replaceAll('\0', '\ufffd') as Value) : value;
