import type { DatabaseSync, StatementSync } from 'node:sqlite';

type Values<Name extends string> = { readonly [Key in Name]?: string | number | undefined };

/**
 * A `select` with those `conditions` that have a value (each names its own as `$name`), ordered by id. One statement per
 * combination, prepared on first use.
 */
export function createPageQuery<Name extends string>(
  db: DatabaseSync,
  select: string,
  conditions: Readonly<Record<Name, string>>,
): (values: Values<Name>, order: 'ASC' | 'DESC', limit: number) => unknown[] {
  const statements = new Map<string, StatementSync>();
  return (values, order, limit) => {
    const terms: string[] = [];
    const bound: Record<string, string | number> = { limit };
    for (const name of Object.keys(conditions) as Name[]) {
      const value = values[name];
      if (value === undefined) continue;
      terms.push(conditions[name]);
      bound[name] = value;
    }
    const where = terms.length > 0 ? `WHERE ${terms.join(' AND ')}` : '';
    const sql = `${select} ${where} ORDER BY id ${order} LIMIT $limit`;
    const statement = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, statement);
    return statement.all(bound);
  };
}
