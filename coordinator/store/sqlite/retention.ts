import type { DatabaseSync } from 'node:sqlite';
import type * as port from '../port.ts';
import type { AtOnce } from '../read.ts';

export type RetentionStore = AtOnce<port.RetentionStore>;

export function createRetentionStore(db: DatabaseSync): RetentionStore {
  const expiredCommands = db.prepare(
    'SELECT id FROM commands WHERE open = 0 AND ended_at < ? ORDER BY ended_at LIMIT ?',
  );
  const deleteCommands = db.prepare('DELETE FROM commands WHERE id IN (SELECT value FROM json_each(?))');
  const deleteEvents = db.prepare(
    `DELETE FROM events WHERE id IN (SELECT id FROM events
       WHERE category = ? AND at < ? AND id < (SELECT max(id) FROM events) LIMIT ?)`,
  );
  const deleteDispatches = db.prepare(
    `DELETE FROM dispatches WHERE id IN (
       SELECT id FROM dispatches WHERE created_at < ?
       AND NOT EXISTS (SELECT 1 FROM commands WHERE dispatch_id = dispatches.id) LIMIT ?)`,
  );
  const deleteRollouts = db.prepare(
    'DELETE FROM rollouts WHERE id IN (SELECT id FROM rollouts WHERE lives_until < $before AND created_at < $before LIMIT $limit)',
  );
  const oldestRollout = db.prepare('SELECT min(created_at) AS at FROM rollouts');
  const deleteAnswers = db.prepare(
    'DELETE FROM answers WHERE (actor, key) IN (SELECT actor, key FROM answers WHERE at < ? LIMIT ?)',
  );
  return {
    expiredCommands: (before, limit) => expiredCommands.all(before, limit).map((row) => String(row.id)),
    deleteCommands: (ids) => void deleteCommands.run(JSON.stringify(ids)),
    deleteEvents: (category, before, limit) => Number(deleteEvents.run(category, before, limit).changes),
    deleteDispatches: (before, limit) => Number(deleteDispatches.run(before, limit).changes),
    deleteRollouts: (before, limit) => Number(deleteRollouts.run({ before, limit }).changes),
    oldestRollout: () => (oldestRollout.get()?.at ?? null) as number | null,
    deleteAnswers: (before, limit) => Number(deleteAnswers.run(before, limit).changes),
  };
}
