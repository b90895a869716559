import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Sql } from '../rows/page-sql.ts';

/** Asks for rows. Each text is prepared once. */
export function createStatements(db: DatabaseSync): (asked: Sql) => unknown[] {
  const statements = new Map<string, StatementSync>();
  return ({ sql, bound }) => {
    const statement = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, statement);
    return statement.all(bound);
  };
}
