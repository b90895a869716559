/**
 * The most that one page of a list holds, in bytes of JSON, because host data may be long. A full page ends early, and `next`
 * continues.
 */
export const PAGE_BYTES = 4 * 1024 * 1024;

/** The leading `items` that a page holds: at most `limit`, at least one. Calls `bytesOf` for no more than those. */
export function pageOfItems<Item>(items: readonly Item[], limit: number, bytesOf: (item: Item) => number): Item[] {
  let bytes = 0;
  const page: Item[] = [];
  for (const item of items.slice(0, limit)) {
    bytes += bytesOf(item);
    if (bytes > PAGE_BYTES && page.length > 0) break;
    page.push(item);
  }
  return page;
}
