import { Client } from 'pg';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../../shared/fixtures/wait-for.ts';
import { sampleId } from '../../lifecycle/fixtures/sample.ts';
import type { Damage } from '../damage.ts';
import { command, ENTRY, event, history, put } from '../fixtures/writes.ts';
import { leadOn } from './fixtures/lead.ts';
import { postgresTest } from './fixtures/postgres-test.ts';
import { type PostgresServer, startPostgres } from './fixtures/server.ts';

/** The lead on PostgreSQL: a former leader's limits after a takeover or without the database. */

let server: PostgresServer | null = null;
test.after(() => server?.end());

async function database(name: string): Promise<string> {
  server ??= await startPostgres();
  return await server.url(name);
}

async function onDatabase<Result>(url: string, use: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

postgresTest('text that PostgreSQL refuses is stored as near to the original as possible', async () => {
  const store = await leadOn(await database('text'));
  const written = await put(store, event({ message: 'a\0b\ud800c', hostId: null }));
  const [stored] = (await store.events.list({ first: 'oldest', limit: 1 })).items;
  assert.is(stored?.message, 'a\ufffdb\ufffdc');
  assert.equal(written.events, [stored], 'it is told as it is stored');
  const record = command({ id: sampleId(1), status: 'EXECUTING', options: { why: 'a\0b\ud800c' } });
  await put(store, record);
  assert.equal((await store.commands.get(sampleId(1)))?.command.options, { why: 'a\0b\ud800c' });
  await store.close();
});

postgresTest('a damaged row is given up at the start, and reported once', async () => {
  const url = await database('damaged');
  const store = await leadOn(url);
  await put(store, command({ id: sampleId(1), status: 'EXECUTING' }), history(sampleId(1), ENTRY));
  await put(store, command({ id: sampleId(2), hostId: sampleId(9), status: 'EXECUTING' }));
  await put(store, command({ id: sampleId(3), hostId: sampleId(8), status: 'EXECUTING' }));
  await onDatabase(url, async (client) => {
    await client.query('UPDATE commands SET record = $2 WHERE id = $1', [sampleId(1), '{']);
    await client.query('UPDATE commands SET status = $2 WHERE id = $1', [sampleId(2), 'EXECUTED']);
  });
  const told: Damage[] = [];
  store.onDamaged((damage) => void told.push(damage));
  const live = await store.commands.live();
  assert.equal(
    live.map(({ command }) => [command.id, command.status]),
    [
      [sampleId(2), 'EXECUTING'],
      [sampleId(3), 'EXECUTING'],
    ],
  );
  await waitFor('both are told', () => told.length === 2);
  assert.equal(told.map(({ id, lostFrom }) => [id, lostFrom]).sort(), [
    [sampleId(1), 'EXECUTING'],
    [sampleId(2), null],
  ]);
  assert.is((await store.commands.get(sampleId(1)))?.command.status, 'LOST');
  await store.close();
});

test.run();
