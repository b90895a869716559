import type { Database } from './database.ts';
import { columnsOf } from './sql.ts';

/** Runs one statement, which reads its row as `$1`, in its own transaction. Resolves to the number of rows touched. */
export type WriteRows = (statement: string, row: Readonly<Record<string, unknown>>) => Promise<number>;

/** Writes as this term's leader. Rejects if another coordinator leads. */
export const createWriteRows =
  ({ ask }: Pick<Database, 'ask'>, term: number): WriteRows =>
  async (statement, row) => {
    const [written] = await ask<{ touched: number }>({
      sql: 'SELECT write_rows($term, $statement, $row::jsonb) AS touched',
      bound: { term, statement, row: JSON.stringify(columnsOf(row)) },
    });
    return written?.touched ?? 0;
  };
