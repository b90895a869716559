import type { DatabaseSync } from 'node:sqlite';
import { EVENT_CATEGORIES, EVENT_LEVELS, type Event, type NewEvent } from '../../../shared/event.ts';
import { wordOr } from '../damage.ts';
import { pageOfItems } from '../page-budget.ts';
import type * as port from '../port.ts';
import type { AtOnce } from '../read.ts';
import { createPageQuery } from './page-query.ts';
import { createSpanQuery } from './span-query.ts';

export type EventStore = AtOnce<port.EventStore> & {
  append(event: NewEvent): Event;
};

const COLUMNS =
  'id, at, level, category, actor, address, host_id AS hostId, command_id AS commandId, code, message, next';

export function createEventStore(db: DatabaseSync): EventStore {
  const append = db.prepare(
    `INSERT INTO events (at, level, category, actor, address, host_id, command_id, code, message, next)
     VALUES ($at, $level, $category, $actor, $address, $hostId, $commandId, $code, $message, $next)`,
  );
  const page = createPageQuery(db, `SELECT ${COLUMNS} FROM events`, {
    hostId: 'host_id = $hostId',
    commandId: 'command_id = $commandId',
    level: 'level = $level',
    after: 'id > $after',
    before: 'id < $before',
  });

  const timeOf = db.prepare('SELECT at FROM events WHERE id = ?');
  const lastId = db.prepare('SELECT max(id) AS id FROM events');
  const spans = createSpanQuery(db, `SELECT ${COLUMNS} FROM events`);

  /** Where a span goes on; null where the cursor is beyond its end, so that nothing follows. */
  const placeOf = (cursor: number, first: 'oldest' | 'newest'): { at: number; id: number } | null | undefined => {
    const row = timeOf.get(cursor);
    if (row) return { at: Number(row.at), id: cursor };
    const isAfterAll = cursor > Number(lastId.get()?.id ?? 0);
    // The oldest go first: what is gone lies before all that is there.
    return isAfterAll === (first === 'newest') ? undefined : null;
  };

  return {
    span({ first, cursor, limit, ...within }) {
      const place = cursor === undefined ? undefined : placeOf(cursor, first);
      if (place === null) return [];
      return spans(within, place, first, limit).map((row) => sound(row as Event));
    },
    append(event) {
      const { at, level, category, actor, address = null, hostId, commandId, code, message, next } = event;
      const row = { at, level, category, actor, address, hostId, commandId, code, message, next };
      return { id: Number(append.run(row).lastInsertRowid), ...row };
    },
    list({ first, cursor, limit, ...filter }) {
      const rows =
        first === 'oldest'
          ? page({ ...filter, after: cursor }, 'ASC', limit + 1)
          : page({ ...filter, before: cursor }, 'DESC', limit + 1);
      const items = pageOfItems(rows, limit, (row) => JSON.stringify(row).length).map((row) => sound(row as Event));
      return { items, next: rows.length > items.length ? (items.at(-1)?.id ?? null) : null };
    },
  };
}

/** An unknown word counts as the worst that it may have been. */
const sound = (event: Event): Event => ({
  ...event,
  level: wordOr(EVENT_LEVELS, event.level, 'error'),
  category: wordOr(EVENT_CATEGORIES, event.category, 'system'),
});
