/** One entry of the palette; `keywords` are searched beside its title. */
export type Entry = { title: string; note: string; keywords?: string; run: () => void };

/** Up to `limit` entries that have every word of the query; those that begin with it come first. */
export function findEntries(entries: readonly Entry[], query: string, limit: number): Entry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found: { entry: Entry; rank: number }[] = [];
  for (const entry of entries) {
    const text = `${entry.title} ${entry.keywords ?? ''}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) continue;
    const [first = ''] = words;
    const rank = text.startsWith(words.join(' ')) ? 0 : text.includes(` ${first}`) || text.startsWith(first) ? 1 : 2;
    found.push({ entry, rank });
  }
  return found
    .sort((one, other) => one.rank - other.rank)
    .slice(0, limit)
    .map(({ entry }) => entry);
}
