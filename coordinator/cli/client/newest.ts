import type { ListPage } from '../../../shared/api/resources.ts';
import type { Client } from './client.ts';

/** The most that one request lists. */
const PAGE = 100;

/** The first `wanted` items of a list, newest first, in as many requests as needed; `next`: the cursor of the rest. */
export async function newestOf<Item>(
  client: Pick<Client, 'json'>,
  path: string,
  wanted: number,
): Promise<ListPage<Item>> {
  const items: Item[] = [];
  let next: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(Math.min(PAGE, wanted - items.length)) });
    if (next !== null) query.set('before', next);
    const { body }: { body: ListPage<Item> } = await client.json(`${path}${path.includes('?') ? '&' : '?'}${query}`);
    items.push(...body.items);
    next = body.next;
  } while (next !== null && items.length < wanted);
  return { items, next };
}
