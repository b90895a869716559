/** A statement and the values of its `$name`s. */
export type Sql = { sql: string; bound: Record<string, string | number> };

type Values<Name extends string> = { readonly [Key in Name]?: string | number | undefined };

/** A `select` with the `conditions` that have a value (each names it as `$name`), ordered by id. */
export function pageSql<Name extends string>(
  select: string,
  conditions: Readonly<Record<Name, string>>,
  values: Values<Name>,
  order: 'ASC' | 'DESC',
  limit: number,
): Sql {
  const terms: string[] = [];
  const bound: Record<string, string | number> = { limit };
  for (const name of Object.keys(conditions) as Name[]) {
    const value = values[name];
    if (value === undefined) continue;
    terms.push(conditions[name]);
    bound[name] = value;
  }
  const where = terms.length > 0 ? `WHERE ${terms.join(' AND ')}` : '';
  return { sql: `${select} ${where} ORDER BY id ${order} LIMIT $limit`, bound };
}
