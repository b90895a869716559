import type { DatabaseSync } from 'node:sqlite';
import type { Event, NewEvent } from '../../../shared/event.ts';
import { pageOfItems } from '../page-budget.ts';
import type * as port from '../port.ts';
import { createPageQuery } from './page-query.ts';

export type EventStore = port.EventStore & {
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
