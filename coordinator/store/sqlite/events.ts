import type { DatabaseSync } from 'node:sqlite';
import type { Event, NewEvent } from '../../../shared/model/event.ts';
import { pageOfItems } from '../page-budget.ts';
import type * as port from '../port.ts';
import type { AtOnce } from '../read.ts';
import { placeOf, spanSql } from '../rows/span-sql.ts';
import { soundEvent } from '../rows/words.ts';
import { createPageQuery } from './page-query.ts';
import { createStatements } from './statements.ts';

export type EventStore = AtOnce<port.EventStore> & {
  append(event: NewEvent): Event;
};

const SELECT = `SELECT id, at, level, category, actor, address, host_id AS hostId, command_id AS commandId, code, message, next
  FROM events`;

export function createEventStore(db: DatabaseSync): EventStore {
  const append = db.prepare(
    `INSERT INTO events (at, level, category, actor, address, host_id, command_id, code, message, next)
     VALUES ($at, $level, $category, $actor, $address, $hostId, $commandId, $code, $message, $next)`,
  );
  const page = createPageQuery(db, SELECT, {
    hostId: 'host_id = $hostId',
    commandId: 'command_id = $commandId',
    level: 'level = $level',
    after: 'id > $after',
    before: 'id < $before',
  });

  const timeOf = db.prepare('SELECT at FROM events WHERE id = ?');
  const lastId = db.prepare('SELECT max(id) AS id FROM events');
  const seenOf = (cursor: number) => {
    const row = timeOf.get(cursor);
    return { at: row ? Number(row.at) : null, lastId: Number(lastId.get()?.id ?? 0) };
  };
  const ask = createStatements(db);

  return {
    span({ first, cursor, limit, ...within }) {
      const place = cursor === undefined ? undefined : placeOf(cursor, first, seenOf(cursor));
      if (place === null) return [];
      return ask(spanSql(SELECT, within, place, first, limit)).map((row) => soundEvent(row as Event));
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
      const items = pageOfItems(rows, limit, (row) => JSON.stringify(row).length).map((row) =>
        soundEvent(row as Event),
      );
      return { items, next: rows.length > items.length ? (items.at(-1)?.id ?? null) : null };
    },
  };
}
