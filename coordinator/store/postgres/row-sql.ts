/** Statements that read the row, or the rows, which they change as `$1` in JSON. */

const given = (table: string) => `jsonb_populate_record(NULL::${table}, $1)`;

/** `conflict`: the clause for an existing row; without one the write is refused. */
export const insert = (
  table: string,
  columns: string,
  conflict = '',
  returning = 'NULL::bigint',
  from = given(table),
): string => `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${from} ${conflict} RETURNING ${returning}`;

/** The same statement for one row and for a list of rows, which are inserted in their order. */
export const inserts = (table: string, ...rest: [columns: string, conflict?: string, returning?: string]) => {
  const [columns, conflict, returning] = rest;
  const many = `jsonb_populate_recordset(NULL::${table}, $1)`;
  return { sql: insert(table, ...rest), sqlOfMany: insert(table, columns, conflict, returning, many) };
};

export const replacing = (key: string, columns: string): string =>
  `ON CONFLICT (${key}) DO UPDATE SET ${columns
    .split(', ')
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`;

/** Like `inserts`, but overwrites the columns `replaced` of an existing row. */
export const upserts = (table: string, columns: string, key: string, replaced: string) => ({
  ...inserts(table, columns, replacing(key, replaced)),
  key: key.split(', '),
});

export const setting = (columns: string): string =>
  columns
    .split(', ')
    .map((column) => `${column} = row.${column}`)
    .join(', ');

export const update = (table: string, key: string, columns: string): string =>
  `UPDATE ${table} SET ${setting(columns)} FROM ${given(table)} AS row WHERE ${table}.${key} = row.${key} RETURNING NULL::bigint`;

export const remove = (table: string, key: string): string =>
  `DELETE FROM ${table} WHERE ${key} = $1 ->> '${key}' RETURNING NULL::bigint`;
