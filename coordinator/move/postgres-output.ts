import type { Session } from '../store/postgres/database.ts';
import { createOutputReads } from '../store/postgres/output-reads.ts';
import { appendOf, boundOf, INSERTED, type Refused } from '../store/postgres/output-rows.ts';
import type { OutputSource, OutputTarget } from './outputs.ts';

/** The outputs in PostgreSQL, as the session's transaction sees them. */
export function createPostgresOutput(session: Session): OutputSource & OutputTarget {
  const { sizes, read, arrivals } = createOutputReads(session.ask);
  return {
    async ids() {
      const found = await session.ask<{ id: string }>({
        sql: 'SELECT DISTINCT command_id AS id FROM output ORDER BY 1',
      });
      return found.map(({ id }) => id);
    },
    size: async (id) => (await sizes([id])).get(id) ?? 0,
    async append(id, offset, take, at, isMark) {
      const rows = appendOf(id, offset, take(), isMark ? at : null);
      const { rows: answered } = await session.query({
        sql: `SELECT insert_output(${INSERTED}) AS refused`,
        bound: boundOf([rows]),
      });
      const [refused] = answered[0].refused as Refused;
      if (refused) throw new Error(`the output of ${id} was refused: ${refused.message}`);
      return rows.reduce((sum, { bytes }) => sum + bytes.length, 0);
    },
    async rest() {},
    async remove(id) {
      await session.query({ sql: 'DELETE FROM output WHERE command_id = $id', bound: { id } });
    },
    read,
    arrivals,
  };
}
