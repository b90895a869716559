import type { MarkSpan } from '../marks.ts';
import type { MarkStore } from '../port.ts';
import type { Database } from './database.ts';

export const createMarkStore = ({ ask }: Pick<Database, 'ask'>): MarkStore => ({
  list: () => ask<MarkSpan>({ sql: 'SELECT base, from_event AS "from" FROM mark_spans ORDER BY base' }),
  async lastEvent() {
    const [row] = await ask<{ id: number | null }>({ sql: 'SELECT max(id) AS id FROM events' });
    return row?.id ?? 0;
  },
});
