import type { Event } from '../../../shared/model/event.ts';
import { pageOfItems } from '../page-budget.ts';
import type { EventStore } from '../port.ts';
import { pageSql } from '../rows/page-sql.ts';
import { placeOf, spanSql } from '../rows/span-sql.ts';
import { soundEvent } from '../rows/words.ts';
import type { Database } from './database.ts';

const SELECT = 'SELECT id, at, level, category, actor, address, host_id, command_id, code, message, next FROM events';

const FILTERS = {
  hostId: 'host_id = $hostId',
  commandId: 'command_id = $commandId',
  level: 'level = $level',
  after: 'id > $after',
  before: 'id < $before',
};

export function createEventStore({ ask }: Pick<Database, 'ask'>): EventStore {
  async function seenOf(cursor: number): Promise<{ at: number | null; lastId: number }> {
    const [seen] = await ask<{ at: number | null; lastId: number | null }>({
      sql: 'SELECT (SELECT at FROM events WHERE id = $cursor) AS at, (SELECT max(id) FROM events) AS last_id',
      bound: { cursor },
    });
    return { at: seen?.at ?? null, lastId: seen?.lastId ?? 0 };
  }

  return {
    async span({ first, cursor, limit, ...within }) {
      const place = cursor === undefined ? undefined : placeOf(cursor, first, await seenOf(cursor));
      if (place === null) return [];
      return (await ask<Event>(spanSql(SELECT, within, place, first, limit))).map(soundEvent);
    },
    async list({ first, cursor, limit, ...filter }) {
      const [values, order] =
        first === 'oldest'
          ? [{ ...filter, after: cursor }, 'ASC' as const]
          : [{ ...filter, before: cursor }, 'DESC' as const];
      const rows = await ask<Event>(pageSql(SELECT, FILTERS, values, order, limit + 1));
      const items = pageOfItems(rows, limit, (row) => JSON.stringify(row).length).map(soundEvent);
      return { items, next: rows.length > items.length ? (items.at(-1)?.id ?? null) : null };
    },
  };
}
