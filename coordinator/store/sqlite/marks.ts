import type { DatabaseSync } from 'node:sqlite';
import { KEPT_SPANS, type MarkSpan } from '../marks.ts';
import type * as port from '../port.ts';
import type { AtOnce } from '../read.ts';

export type MarkStore = AtOnce<port.MarkStore> & {
  begin(span: MarkSpan): void;
};

export function createMarkStore(db: DatabaseSync): MarkStore {
  const insert = db.prepare('INSERT INTO mark_spans (base, from_event) VALUES ($base, $from)');
  const drop = db.prepare(
    `DELETE FROM mark_spans WHERE base <= (SELECT base FROM mark_spans ORDER BY base DESC LIMIT 1 OFFSET ${KEPT_SPANS})`,
  );
  const list = db.prepare('SELECT base, from_event AS "from" FROM mark_spans ORDER BY base');
  const lastEvent = db.prepare('SELECT max(id) AS id FROM events');
  return {
    list: () => list.all().map((row) => ({ ...(row as MarkSpan) })),
    lastEvent: () => Number(lastEvent.get()?.id ?? 0),
    begin(span) {
      insert.run({ ...span });
      drop.run();
    },
  };
}
