import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { systemClock } from '../../shared/time/clock.ts';
import { createLog } from '../config/log.ts';
import { event, put } from '../store/fixtures/writes.ts';
import { leadOn } from '../store/postgres/fixtures/lead.ts';
import { postgresTest } from '../store/postgres/fixtures/postgres-test.ts';
import { type PostgresServer, startPostgres } from '../store/postgres/fixtures/server.ts';
import { openStore } from '../store/sqlite/store.ts';
import { migrateCommand } from './command.ts';
import { fill, HOST, run as runCommand } from './fixtures/record.ts';

let server: PostgresServer | null = null;
const dir = mkdtempSync(join(tmpdir(), 'switchyard-migrate-'));
test.after(async () => {
  await server?.end();
  rmSync(dir, { recursive: true });
});

const log = createLog('silent');
async function onServer(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** The rows of two tables, as another program sees them. */
async function countsOf(url: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const sql = 'SELECT (SELECT count(*)::integer FROM hosts) AS hosts, (SELECT count(*)::integer FROM output) AS output';
  const { rows } = await client.query(sql);
  await client.end();
  return { ...rows[0] };
}

const endSessions = (url: string): Promise<void> =>
  onServer(
    url,
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'switchyard %'`,
  );

/** Ends the lease as if it had run out. */
const freeLease = (url: string): Promise<void> => onServer(url, "UPDATE lead SET expires_at = '-infinity'");

const run = (...argv: string[]) => runCommand(migrateCommand, argv);

postgresTest(
  'a record goes over whole, output and ids too, and only to an empty database that nobody leads',
  async () => {
    server ??= await startPostgres();
    const dataDir = join(dir, 'whole');
    const { id, text } = await fill(dataDir);
    const url = await server.url('whole');
    const file = join(dir, 'url');
    writeFileSync(file, `${url}\n`);
    const first = await run('--to', file, '--data-dir', dataDir);
    assert.is(first.status, 0, first.err);
    assert.match(first.out, /^events: 3002 rows, the same on both sides/m);
    assert.match(first.out, `output: 1 commands, ${text.length} bytes`);

    const store = await leadOn(url);
    assert.match((await run('--to', url, '--data-dir', dataDir)).err, 'a coordinator leads on that database');
    const sqlite = openStore({ dataDir });
    assert.equal(await store.commands.get(id), sqlite.commands.get(id));
    assert.equal(await store.history.of(id), sqlite.history.of(id));
    assert.equal(await store.hosts.list(), sqlite.hosts.list());
    assert.is(await store.hosts.idByTokenHash(`hash of ${HOST}`), HOST);
    const pieces: Uint8Array[] = [];
    for await (const piece of store.keeper.read(id, 0, text.length)) pieces.push(piece);
    assert.ok(Buffer.concat(pieces).equals(Buffer.from(text)));
    assert.equal(await store.keeper.arrivals(id), [
      { offset: 0, at: 100 },
      { offset: 5, at: 2_000 },
    ]);
    const { events } = await put(store, event());
    assert.is((events as { id: number }[])[0]?.id, 3003, 'no id comes again');
    await put(store, { type: 'notice', receiver: 'chat', notice: { id: 'next' } as never });
    assert.is((await store.outbox.next('chat', 1))[0]?.seq, 2, 'not even that of a deleted row');

    assert.match((await run('--to', url, '--data-dir', dataDir)).err, 'another coordinator runs on it');
    sqlite.close();
    await store.close();
    await freeLease(url);
    assert.match((await run('--to', url, '--data-dir', dataDir)).err, 'that database holds a record already (hosts)');
    assert.is((await run('--to', 'mysql://x')).status, 2);
  },
);

postgresTest('a DATA_DIR without a record is refused, makes nothing there, and leaves the database empty', async () => {
  server ??= await startPostgres();
  const url = await server.url('mistyped');
  const mistyped = join(dir, 'mistyped');
  const { status, err } = await run('--to', url, '--data-dir', mistyped);
  assert.is(status, 1);
  assert.match(err, `there is no database in ${mistyped}; nothing was copied`);
  assert.not(existsSync(mistyped));
  const dataDir = join(dir, 'right');
  await fill(dataDir, 1);
  assert.is((await run('--to', url, '--data-dir', dataDir)).status, 0);
});

postgresTest('a move killed in the middle copies nothing, and can be run again', async () => {
  server ??= await startPostgres();
  const dataDir = join(dir, 'killed');
  const { id } = await fill(dataDir);
  const url = await server.url('killed');
  for (const nth of [1, 3, 9]) {
    const [cut, waits] = [Promise.withResolvers<never>(), { left: nth }];
    // Its sessions end at its nth line: after output, and between tables.
    const status = migrateCommand(
      ['--to', url, '--data-dir', dataDir],
      {},
      {
        clock: systemClock,
        log,
        err: () => {},
        out: () => {
          waits.left -= 1;
          if (waits.left === 0) cut.reject(new Error('killed'));
        },
      },
    );
    await cut.promise.catch(() => endSessions(url));
    assert.is(await status, 1);
    assert.equal(await countsOf(url), { hosts: 0, output: 0 }, `its line ${nth}`);
    await freeLease(url);
  }
  assert.is((await run('--to', url, '--data-dir', dataDir)).status, 0);
  const store = await leadOn(url);
  assert.ok(await store.commands.get(id));
  assert.is((await store.events.list({ first: 'newest', limit: 1 })).items[0]?.id, 3002);
  await store.close();
});

/** An empty database with the tables, whose trigger runs `body` at `when`. */
async function withTrigger(name: string, { body, when }: { body: string; when: string }): Promise<string> {
  server ??= await startPostgres();
  const url = await server.url(name);
  await (await leadOn(url)).close();
  await endSessions(url);
  await freeLease(url);
  await onServer(
    url,
    `CREATE FUNCTION strike() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN ${body}; RETURN NULL; END $body$;
     CREATE ${when} FOR EACH ROW EXECUTE FUNCTION strike()`,
  );
  return url;
}

postgresTest('a last commit without an answer is not reported as nothing copied', async () => {
  const dataDir = join(dir, 'unanswered');
  await fill(dataDir, 1);
  const url = await withTrigger('unanswered', {
    body: 'PERFORM pg_terminate_backend(pg_backend_pid())',
    when: 'CONSTRAINT TRIGGER last AFTER INSERT ON hosts DEFERRABLE INITIALLY DEFERRED',
  });
  const { status, err } = await run('--to', url, '--data-dir', dataDir);
  assert.is(status, 1);
  assert.match(err, 'the database did not answer the last commit');
  assert.not.match(err, 'nothing was copied');
});

postgresTest('a refused last commit copies nothing', async () => {
  const dataDir = join(dir, 'refused');
  await fill(dataDir, 1);
  const url = await withTrigger('refused', {
    body: "RAISE EXCEPTION 'not today'",
    when: 'CONSTRAINT TRIGGER last AFTER INSERT ON hosts DEFERRABLE INITIALLY DEFERRED',
  });
  assert.match((await run('--to', url, '--data-dir', dataDir)).err, 'not today; nothing was copied');
});

postgresTest('a committed copy is reported as done, even if the lead cannot be given back', async () => {
  const dataDir = join(dir, 'kept_lead');
  await fill(dataDir, 1);
  const url = await withTrigger('kept_lead', {
    body: "IF NEW.expires_at = '-infinity' THEN RAISE EXCEPTION 'not today'; END IF",
    when: 'TRIGGER last AFTER UPDATE ON lead',
  });
  const { status, err } = await run('--to', url, '--data-dir', dataDir);
  assert.equal([status, err], [0, '']);
});

test.run();
