import type { Database } from './database.ts';
import { columnsOf } from './sql.ts';

/** Writes by one statement that reads its row as `$1`, in a transaction of its own; the number of rows that it touched. */
export type WriteRows = (statement: string, row: Readonly<Record<string, unknown>>) => Promise<number>;

/** As the leader of this term: rejects where another coordinator leads. */
export const createWriteRows =
  ({ ask }: Pick<Database, 'ask'>, term: number): WriteRows =>
  async (statement, row) => {
    const [written] = await ask<{ touched: number }>({
      sql: 'SELECT write_rows($term, $statement, $row::jsonb) AS touched',
      bound: { term, statement, row: JSON.stringify(columnsOf(row)) },
    });
    return written?.touched ?? 0;
  };
