import type { DatabaseSync } from 'node:sqlite';
import type { Event, EventLevel, NewEvent } from '../../shared/event.ts';
import { pageOfItems } from './page-budget.ts';
import { createPageQuery } from './page-query.ts';

/** Unset filters do not filter. */
export type EventFilter = {
  hostId?: string;
  commandId?: string;
  level?: EventLevel;
  /**
   * `oldest` reads on from `cursor`, as a log is followed; `newest` reads back from it, as a page of the latest is.
   * `GET /api/events` is `oldest` with `after` as the cursor, so that following `next` from nothing gives every event
   * once, in order, and a consumer that keeps the last id it saw misses none; with `before` it is `newest`.
   */
  first: 'oldest' | 'newest';
  /** The id of the last event seen, itself left out; unset: from that end. */
  cursor?: number;
  /** At least 1. */
  limit: number;
};

/** `next` is the `cursor` of the page that follows, null where there is nothing more now. */
export type EventPage = { items: Event[]; next: number | null };

export type EventStore = {
  /** The event with its id: greater than every id before it, and never given again. */
  append(event: NewEvent): Event;
  list(filter: EventFilter): EventPage;
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

  return {
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
      const items = pageOfItems(rows, limit, (row) => JSON.stringify(row).length).map((row) => ({ ...(row as Event) }));
      return { items, next: rows.length > items.length ? (items.at(-1)?.id ?? null) : null };
    },
  };
}
