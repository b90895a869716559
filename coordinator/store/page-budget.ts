/** The most that one page of a list holds, in bytes of JSON: what hosts have said may be long. A page ends early then, and `next` goes on. */
export const PAGE_BYTES = 4 * 1024 * 1024;

/** The beginning of `items` that a page holds: at most `limit`, and at least one. `bytesOf` is asked for no more of them than that. */
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
