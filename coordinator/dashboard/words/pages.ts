/** Items read so far, newest first; `next`: where older ones begin, null if there are none. */
export type Pages<Item, Next> = { items: readonly Item[]; next: Next | null };

/** Merges a newly read first page into the items. Items that the page does not reach are dropped, because a gap lies between. */
export function withFirstPage<Item extends { id: unknown }, Next>(
  known: Pages<Item, Next>,
  first: Pages<Item, Next>,
): Pages<Item, Next> {
  const ids = new Set(first.items.map(({ id }) => id));
  if (!known.items.some(({ id }) => ids.has(id))) return first;
  return { items: [...first.items, ...known.items.filter(({ id }) => !ids.has(id))], next: known.next };
}
