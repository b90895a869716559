import type { EventSpan } from '../port.ts';
import type { Sql } from './page-sql.ts';

export type Place = { at: number; id: number };

/**
 * A span's events behind `place`, in order of time and id. Each statement begins where an index leads and ends with its limit, however
 * long the span is.
 */
export function spanSql(
  select: string,
  { category, since = 0, until = Number.MAX_SAFE_INTEGER }: Pick<EventSpan, 'category' | 'since' | 'until'>,
  place: Place | undefined,
  first: 'oldest' | 'newest',
  limit: number,
): Sql {
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
    // The scan enters the index at the place.
    if (isOldest) bound.since = Math.max(since, place.at);
    else bound.until = Math.min(until, place.at + 1);
  }
  const order = isOldest ? 'ASC' : 'DESC';
  return { sql: `${select} WHERE ${terms.join(' AND ')} ORDER BY at ${order}, id ${order} LIMIT $limit`, bound };
}

/** Where a span goes on: null if nothing follows the cursor, undefined if the whole span does. `at`: null if the cursor is gone. */
export function placeOf(
  cursor: number,
  first: 'oldest' | 'newest',
  { at, lastId }: { at: number | null; lastId: number },
): Place | null | undefined {
  if (at !== null) return { at, id: cursor };
  // The oldest events go first, so a deleted cursor lies before all others.
  const isAfterAll = cursor > lastId;
  return isAfterAll === (first === 'newest') ? undefined : null;
}
