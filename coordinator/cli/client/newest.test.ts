import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Client } from './client.ts';
import { newestOf } from './newest.ts';

/** A list of these ids, newest first. */
function listOf(count: number) {
  const asked: string[] = [];
  const json = async (path: string) => {
    asked.push(path);
    const query = new URL(path, 'http://localhost').searchParams;
    const from = Number(query.get('before') ?? count + 1);
    const ids = Array.from({ length: Math.min(Number(query.get('limit')), from - 1) }, (_, at) => from - 1 - at);
    const last = ids.at(-1) ?? 1;
    return { status: 200, body: { items: ids, next: last > 1 ? String(last) : null } };
  };
  return { asked, client: { json } as unknown as Client };
}

test('a long list is read page by page, no item twice', async () => {
  const { asked, client } = listOf(300);
  const { items, next } = await newestOf<number>(client, '/api/rollouts', 250);
  assert.equal(
    items,
    Array.from({ length: 250 }, (_, at) => 300 - at),
  );
  assert.equal([asked.length, next], [3, '51']);
});

test('a shorter list ends, and a filter stays', async () => {
  const { asked, client } = listOf(3);
  const { items, next } = await newestOf<number>(client, '/api/dispatches?rollout=x', 250);
  assert.equal([items, next], [[3, 2, 1], null]);
  assert.equal(asked, ['/api/dispatches?rollout=x&limit=100']);
});

test.run();
