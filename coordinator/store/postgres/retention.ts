import type { RetentionStore } from '../port.ts';
import type { Database } from './database.ts';
import type { WriteRows } from './rows.ts';

/** Deletes at most `limit` rows older than `before`. Both are in the row `$1`. */
const deleteOld = (table: string, key: string, time: string, where = ''): string =>
  `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table}
    WHERE ${time} < ($1 ->> 'before')::bigint ${where} LIMIT ($1 ->> 'limit')::integer)`;

export function createRetentionStore({ ask }: Pick<Database, 'ask'>, writeRows: WriteRows): RetentionStore {
  return {
    async expiredCommands(before, limit) {
      const sql = 'SELECT id FROM commands WHERE open = 0 AND ended_at < $before ORDER BY ended_at LIMIT $limit';
      return (await ask<{ id: string }>({ sql, bound: { before, limit } })).map(({ id }) => id);
    },
    async deleteCommands(ids) {
      await writeRows("DELETE FROM commands WHERE id IN (SELECT jsonb_array_elements_text($1 -> 'ids'))", { ids });
    },
    deleteEvents: (category, before, limit) =>
      writeRows(
        deleteOld('events', 'id', 'at', "AND category = $1 ->> 'category' AND id < (SELECT max(id) FROM events)"),
        { category, before, limit },
      ),
    deleteDispatches: (before, limit) =>
      writeRows(
        deleteOld(
          'dispatches',
          'id',
          'created_at',
          'AND NOT EXISTS (SELECT 1 FROM commands WHERE dispatch_id = dispatches.id)',
        ),
        { before, limit },
      ),
    deleteRollouts: (before, limit) =>
      writeRows(deleteOld('rollouts', 'id', 'lives_until', "AND created_at < ($1 ->> 'before')::bigint"), {
        before,
        limit,
      }),
    async oldestRollout() {
      const [row] = await ask<{ at: number | null }>({ sql: 'SELECT min(created_at) AS at FROM rollouts', bound: {} });
      return row?.at ?? null;
    },
    deleteAnswers: (before, limit) => writeRows(deleteOld('answers', 'actor, key', 'at'), { before, limit }),
  };
}
