import type { OutboxStore } from '../port.ts';
import type { ToldAbsence } from '../records.ts';
import type { Database } from './database.ts';

export const createOutboxStore = ({ ask }: Pick<Database, 'ask'>): OutboxStore => ({
  async next(receiver, limit) {
    const rows = await ask<{ seq: number; notice: string }>({
      sql: 'SELECT seq, notice FROM notices WHERE receiver = $receiver ORDER BY seq LIMIT $limit',
      bound: { receiver, limit },
    });
    return rows.map(({ seq, notice }) => ({ seq, notice: JSON.parse(notice) }));
  },
  waiting: () =>
    ask({
      sql: `SELECT receiver, count(*) AS notices, sum(octet_length(notice))::bigint AS bytes
        FROM notices GROUP BY receiver`,
    }),
  async receivers() {
    const rows = await ask<{ state: string }>({ sql: 'SELECT state FROM receivers ORDER BY name' });
    return rows.map(({ state }) => JSON.parse(state));
  },
  absences: () => ask<ToldAbsence>({ sql: 'SELECT host_id, receiver, since FROM absences ORDER BY host_id, receiver' }),
});
