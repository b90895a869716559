/** Items read so far, newest first; `next`: where older ones begin, null if there are none. */
export type Pages<Item, Next> = { items: readonly Item[]; next: Next | null };

/** The items after their first page was read again. If it does not reach those known, they are dropped: between them is a gap. */
export function withFirstPage<Item extends { id: unknown }, Next>(
  known: Pages<Item, Next>,
  first: Pages<Item, Next>,
): Pages<Item, Next> {
  const ids = new Set(first.items.map(({ id }) => id));
  if (!known.items.some(({ id }) => ids.has(id))) return first;
  return { items: [...first.items, ...known.items.filter(({ id }) => !ids.has(id))], next: known.next };
}
