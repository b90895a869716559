/** One thing that the palette can do; `keywords` are found beside its title. */
export type Entry = { title: string; note: string; keywords?: string; run: () => void };

/** The entries in which every word of the query stands, those that begin with it first; `limit` of them. */
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
