import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EventSpan } from '../port.ts';

type Place = { at: number; id: number };

/**
 * Events within a span, in order of time and id, those behind `place`. One statement per combination of bounds, prepared when first
 * asked for. Each begins where an index leads to and ends with its limit, however long the span is.
 */
export function createSpanQuery(
  db: DatabaseSync,
  select: string,
): (
  within: Pick<EventSpan, 'category' | 'since' | 'until'>,
  place: Place | undefined,
  first: 'oldest' | 'newest',
  limit: number,
) => unknown[] {
  const statements = new Map<string, StatementSync>();
  return ({ category, since = 0, until = Number.MAX_SAFE_INTEGER }, place, first, limit) => {
    const isOldest = first === 'oldest';
    const terms = ['at >= $since', 'at < $until'];
    const bound: Record<string, string | number> = { since, until, limit };
    if (category !== undefined) {
      terms.unshift('category = $category');
      bound.category = category;
    }
    if (place) {
      terms.push(`(at, id) ${isOldest ? '>' : '<'} ($at, $id)`);
      Object.assign(bound, place);
      // The index is entered at the place.
      if (isOldest) bound.since = Math.max(since, place.at);
      else bound.until = Math.min(until, place.at + 1);
    }
    const order = isOldest ? 'ASC' : 'DESC';
    const sql = `${select} WHERE ${terms.join(' AND ')} ORDER BY at ${order}, id ${order} LIMIT $limit`;
    const statement = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, statement);
    return statement.all(bound);
  };
}
