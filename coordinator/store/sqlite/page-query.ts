import type { DatabaseSync } from 'node:sqlite';
import { pageSql } from '../rows/page-sql.ts';
import { createStatements } from './statements.ts';

type Values<Name extends string> = { readonly [Key in Name]?: string | number | undefined };

/** Pages by `pageSql`. Each combination of conditions has one statement, prepared on first use. */
export function createPageQuery<Name extends string>(
  db: DatabaseSync,
  select: string,
  conditions: Readonly<Record<Name, string>>,
): (values: Values<Name>, order: 'ASC' | 'DESC', limit: number) => unknown[] {
  const ask = createStatements(db);
  return (values, order, limit) => ask(pageSql(select, conditions, values, order, limit));
}
