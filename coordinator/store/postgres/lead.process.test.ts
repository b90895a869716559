import { Client } from 'pg';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../../shared/fixtures/wait-for.ts';
import { newId } from '../../../shared/ids.ts';
import { sampleId } from '../../lifecycle/fixtures/sample.ts';
import { command, event, isRefused, outcome, put } from '../fixtures/writes.ts';
import { CommitUnknown } from '../write.ts';
import { type Database, openSessions } from './database.ts';
import { leadOn } from './fixtures/lead.ts';
import { postgresTest } from './fixtures/postgres-test.ts';
import { type PostgresServer, startPostgres } from './fixtures/server.ts';
import { readLease, renewLead, takeLead } from './lease.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations.ts';

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

postgresTest('a leader whose term is over writes nothing, by batch or by deletion, and learns it once', async () => {
  const url = await database('term_over');
  const lost: Error[] = [];
  const old = await leadOn(url, { onLost: (cause) => void lost.push(cause) });
  await put(old, event(), command({ id: sampleId(1), status: 'ERROR', finishedAt: 1 }));
  // As if another coordinator took over without being able to end the sessions.
  await onDatabase(url, (client) => client.query('UPDATE lead SET term = term + 1'));
  assert.ok(await isRefused(old, event()));
  assert.ok(await isRefused(old, event()), 'and what was to follow');
  assert.is(lost.length, 1);
  for (const write of [
    () => old.retention.deleteCommands([sampleId(1)]),
    () => old.retention.deleteEvents('system', 9, 9),
    () => old.probe(),
  ]) {
    const refusal = await Promise.resolve(write()).then(
      () => null,
      (error) => error,
    );
    assert.is(refusal?.code, 'SY001', String(refusal?.stack));
  }
  const next = await leadOn(url);
  assert.is((await next.events.list({ first: 'oldest', limit: 9 })).items.length, 1);
  assert.ok(await next.commands.get(sampleId(1)));
  await old.close();
  await next.close();
});

postgresTest(
  'a long step of the schema holds up no renewal, and is undone if the lead was lost meanwhile',
  async () => {
    const url = await database('long_step');
    const { term, close } = await leadOn(url);
    const sessions = openSessions({ url, holder: newId(), onLost: () => {} });
    const [migrating, renewing] = [await sessions.session(), await sessions.session()];
    const steps = [...MIGRATIONS, 'CREATE TABLE long_step (); SELECT pg_advisory_xact_lock(7)'];
    await onDatabase(url, async (client) => {
      const isWaiting = async () =>
        (await client.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")).rowCount === 1;
      const stepped = async (meanwhile: () => Promise<unknown>) => {
        await client.query('SELECT pg_advisory_lock(7)');
        const done = migrate(migrating, term, steps).then(
          () => 'taken',
          (error) => error.message,
        );
        await waitFor('the step is under way', isWaiting);
        await client.query("SET lock_timeout = '5s'");
        await meanwhile();
        await client.query('SELECT pg_advisory_unlock(7)');
        return await done;
      };
      await renewing.run("SET lock_timeout = '5s'");
      const lost = await stepped(() => client.query('UPDATE lead SET term = term + 1'));
      assert.is(lost, 'another coordinator leads');
      assert.is((await client.query("SELECT to_regclass('long_step') AS name")).rows[0].name, null);
      await client.query('UPDATE lead SET term = $1', [term]);
      assert.is(await stepped(async () => assert.ok(await renewLead(renewing.ask, term, null))), 'taken');
      assert.is((await client.query("SELECT to_regclass('long_step') AS name")).rows[0].name, 'long_step');
    });
    sessions.cut();
    await close();
  },
);

postgresTest(
  'a part as long as a dispatch to a whole fleet holds up no renewal, and is not stored if the lead was lost meanwhile',
  async () => {
    const url = await database('long_part');
    const lost: Error[] = [];
    const store = await leadOn(url, { onLost: (cause) => void lost.push(cause) });
    const sessions = openSessions({ url, holder: newId(), onLost: () => {} });
    const renewing = await sessions.session();
    await renewing.run("SET lock_timeout = '5s'");
    const long = Array.from({ length: 2_500 }, (_, index) => event({ at: index }));
    const written = (meanwhile: (client: Client) => Promise<unknown>) =>
      onDatabase(url, async (client) => {
        const isWaiting = async () => (await client.query('SELECT 1 FROM pg_locks WHERE NOT granted')).rowCount === 1;
        await client.query("SET lock_timeout = '5s'");
        await client.query('BEGIN; LOCK TABLE events IN SHARE MODE');
        const answer = outcome(store, long);
        await waitFor('the part is under way', isWaiting);
        await meanwhile(client);
        await client.query('COMMIT');
        return (await answer)[0];
      });
    const kept = await written(async () => assert.ok(await renewLead(renewing.ask, store.term, null)));
    assert.ok(kept && 'events' in kept);
    assert.is(lost.length, 0);
    const refused = await written((client) => client.query('UPDATE lead SET term = term + 1'));
    assert.ok(refused && 'cause' in refused);
    assert.is(lost.length, 1);
    assert.ok(await isRefused(store, event()), 'later writes are refused too');
    const count = await onDatabase(url, (client) => client.query('SELECT count(*) AS events FROM events'));
    assert.is(Number(count.rows[0].events), long.length);
    sessions.cut();
    await store.close();
  },
);

postgresTest('a new leader ends the sessions of the one before it', async () => {
  const url = await database('sessions_ended');
  const lost: Error[] = [];
  const old = await leadOn(url, { onLost: (cause) => void lost.push(cause) });
  const next = await leadOn(url);
  assert.is(next.term, old.term + 1);
  await waitFor('the old one knows', () => lost.length > 0);
  assert.is(lost.length, 1);
  assert.ok(await isRefused(old, event()));
  await put(next, event());
  await next.close();
});

postgresTest('a restarted coordinator takes its own lease at once, but never that of a living one', async () => {
  const url = await database('own_lease');
  const holder = newId();
  const first = await leadOn(url, { holder });
  const other = openSessions({ url, holder: newId(), onLost: () => {} });
  const isFree = async (sessions: Database, who: string) => (await readLease((await sessions.session()).ask, who)).free;
  assert.is(await isFree(other, newId()), false);
  await first.close();
  const again = openSessions({ url, holder, onLost: () => {} });
  const { ask } = await again.session();
  await waitFor('its sessions are gone', async () => (await readLease(ask, holder)).free);
  assert.is(await isFree(other, newId()), false, 'nobody else may');
  const lease = await readLease(ask, holder);
  assert.is(await takeLead(ask, { holder, url: null }, lease), lease.term + 1);
  const second = openSessions({ url, holder, onLost: () => {} });
  assert.is(await isFree(second, holder), false, 'it lives');
  for (const sessions of [again, other, second]) sessions.cut();
});

postgresTest('a commit without an answer is reported as unknown and ends the lead', async () => {
  const own = await startPostgres();
  try {
    const lost: Error[] = [];
    const url = await own.url('unknown');
    const store = await leadOn(url, { onLost: (cause) => void lost.push(cause) });
    await put(store, event());
    const blocker = new Client({ connectionString: url });
    blocker.on('error', () => {});
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE events');
    const answer = outcome(store, [event()]);
    await waitFor('the commit is under way', () =>
      onDatabase(
        url,
        async (client) => (await client.query('SELECT 1 FROM pg_locks WHERE NOT granted')).rowCount === 1,
      ),
    );
    await own.kill();
    const [written] = await answer;
    assert.ok(
      written && 'cause' in written && written.cause instanceof CommitUnknown,
      'nobody knows whether it is stored',
    );
    assert.ok(lost.length > 0);
    await own.start();
    assert.ok(await isRefused(store, event()), 'nothing is built on it');
    const again = await leadOn(url);
    assert.is((await again.events.list({ first: 'oldest', limit: 9 })).items.length, 1);
    await again.close();
  } finally {
    await own.end();
  }
});

postgresTest('a commit that the database gives up ends the lead, and nothing of it is stored', async () => {
  const lost: Error[] = [];
  const url = await database('given_up');
  const store = await leadOn(url, { onLost: (cause) => void lost.push(cause) });
  await put(store, event());
  await onDatabase(url, async (blocker) => {
    await blocker.query('BEGIN; LOCK TABLE events');
    const answer = outcome(store, [event()]);
    await waitFor('the commit is under way', () =>
      onDatabase(url, async (client) => {
        const waiting = 'SELECT pg_cancel_backend(pid) FROM pg_locks WHERE NOT granted';
        return (await client.query(waiting)).rowCount === 1;
      }),
    );
    const [written] = await answer;
    assert.ok(written && 'cause' in written && !(written.cause instanceof CommitUnknown), 'it is known');
    await blocker.query('ROLLBACK');
  });
  assert.is(lost.length, 1);
  assert.ok(await isRefused(store, event()), 'nothing is built on it');
  const next = await leadOn(url);
  assert.is((await next.events.list({ first: 'oldest', limit: 9 })).items.length, 1);
  await store.close();
  await next.close();
});

postgresTest('a lease whose row is held by an earlier session of its taker is taken all the same', async () => {
  const url = await database('own_row');
  const holder = newId();
  await (await leadOn(url)).close();
  await onDatabase(url, (client) => client.query("UPDATE lead SET expires_at = '-infinity'"));
  // Simulates a session that its coordinator gave up and that still waits for a replica.
  const stuck = openSessions({ url, holder, onLost: () => {} });
  const earlier = await stuck.session();
  const again = openSessions({ url, holder, onLost: () => {} });
  const { ask, run } = await again.session();
  const lease = await readLease(ask, holder);
  await earlier.run('BEGIN; UPDATE lead SET url = url');
  await run("SET lock_timeout = '5s'");
  assert.is(await takeLead(ask, { holder, url: null }, lease), lease.term + 1);
  assert.ok(stuck.isCut());
  again.cut();
});

postgresTest('limits that the database sets for idle sessions and long statements end no lead', async () => {
  const url = await database('limits');
  const set =
    "idle_session_timeout = '2s'; idle_in_transaction_session_timeout = '2s'; statement_timeout = '1s'; lock_timeout = '1s'; default_transaction_isolation = 'serializable'";
  for (const one of set.split('; '))
    await onDatabase(url, (client) => client.query(`ALTER DATABASE limits SET ${one}`));
  const sessions = openSessions({ url, holder: newId(), onLost: () => {} });
  const { ask } = await sessions.session();
  for (const inSession of [ask, sessions.ask]) {
    const kept = await inSession<{ name: string; setting: string }>({
      sql: `SELECT name, setting FROM pg_settings WHERE source = 'session' AND name IN ('idle_session_timeout',
        'idle_in_transaction_session_timeout', 'statement_timeout', 'lock_timeout', 'default_transaction_isolation') ORDER BY name`,
    });
    assert.equal(
      kept.map(({ setting }) => setting),
      ['read committed', '0', '0', '0', '0'],
    );
  }
  sessions.cut();
});

test.run();
