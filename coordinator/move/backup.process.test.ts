import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rootMissing, testUnless } from '../../scripts/test-needs.ts';
import { createLog } from '../config/log.ts';
import { createFileKeeper } from '../output/file-keeper.ts';
import type { OutputKeeper } from '../output/keeper.ts';
import { event, put } from '../store/fixtures/writes.ts';
import type { Store } from '../store/port.ts';
import { leadOn } from '../store/postgres/fixtures/lead.ts';
import { postgresTest } from '../store/postgres/fixtures/postgres-test.ts';
import { type PostgresServer, startPostgres } from '../store/postgres/fixtures/server.ts';
import { openDatabase } from '../store/sqlite/database.ts';
import { MIGRATIONS } from '../store/sqlite/migrations.ts';
import { openStore } from '../store/sqlite/store.ts';
import { backupCommand, restoreCommand } from './command.ts';
import { type Filled, fill, fillStore, HOST, run } from './fixtures/record.ts';

let server: PostgresServer | null = null;
const dir = mkdtempSync(join(tmpdir(), 'switchyard-backup-'));
test.after(async () => {
  await server?.end();
  rmSync(dir, { recursive: true });
});

const log = createLog('silent');
const keeperOf = (dataDir: string): OutputKeeper => createFileKeeper({ dir: join(dataDir, 'output'), log });
const backUp = (...argv: string[]) => run(backupCommand, argv);
const restore = (...argv: string[]) => run(restoreCommand, argv);

/** Fails unless the store holds the whole filled-in record, and ids continue. */
async function expectWhole(store: Store, keeper: OutputKeeper, { id, text }: Filled, events = 3_002): Promise<void> {
  assert.is((await store.commands.get(id))?.command.code, 'exit_nonzero');
  assert.is((await store.history.of(id)).length, 1);
  assert.equal(
    (await store.hosts.list()).map(({ name }) => name),
    ['web1'],
  );
  assert.is(await store.hosts.idByTokenHash(`hash of ${HOST}`), HOST);
  const pieces: Uint8Array[] = [];
  for await (const piece of keeper.read(id, 0, text.length)) pieces.push(piece);
  assert.ok(Buffer.concat(pieces).equals(Buffer.from(text)));
  assert.equal(await keeper.arrivals(id), [
    { offset: 0, at: 100 },
    { offset: 5, at: 2_000 },
  ]);
  const written = await put(store, event(), { type: 'notice', receiver: 'chat', notice: { id: 'next' } as never });
  assert.is((written.events as { id: number }[])[0]?.id, events + 1, 'no id is used again');
  assert.is((await store.outbox.next('chat', 1))[0]?.seq, 2, 'not even that of a deleted row');
}

async function expectWholeFolder(dataDir: string, filled: Filled, events?: number): Promise<void> {
  const store = openStore({ dataDir });
  await expectWhole(store as unknown as Store, keeperOf(dataDir), filled, events);
  store.close();
}

test('a backup is made while the coordinator writes, and a folder restored from it holds all of that moment', async () => {
  const [dataDir, back, file] = [join(dir, 'running'), join(dir, 'running-back'), join(dir, 'running.backup')];
  const store = openStore({ dataDir });
  const filled = await fillStore(store, dataDir, 3_000);
  assert.match((await backUp(file, '--data-dir', dataDir)).out, `output: 1 commands, ${filled.text.length} bytes`);
  await put(store as unknown as Store, event());
  assert.is(statSync(file).mode & 0o777, 0o600);
  assert.match((await backUp(file, '--data-dir', dataDir)).err, `${file} exists: give another name, or --replace`);
  const again = await backUp(file, '--replace', '--json', '--data-dir', dataDir);
  assert.is(again.status, 0, again.err);
  assert.is(JSON.parse(again.out).tables.find(({ name }: { name: string }) => name === 'events').rows, 3_003);
  store.close();

  const restored = await restore(file, '--json', '--data-dir', back);
  assert.is(restored.status, 0, restored.err);
  assert.equal(JSON.parse(restored.out), JSON.parse(again.out), 'counts and hashes are those of the backup');
  await expectWholeFolder(back, filled, 3_003);
  assert.is(statSync(join(back, 'switchyard.db')).mode & 0o777, 0o600);
  assert.is(statSync(back).mode & 0o777, 0o700);
});

postgresTest('a backup of PostgreSQL, while a coordinator leads, goes to SQLite and back', async () => {
  server ??= await startPostgres();
  const [dataDir, back] = [join(dir, 'both'), join(dir, 'both-back')];
  const [one, two] = [join(dir, 'one.backup'), join(dir, 'two.backup')];
  const filled = await fill(dataDir);
  await backUp(one, '--data-dir', dataDir);
  const url = await server.url('to_and_fro');
  const onPostgres = { SWITCHYARD_STORE: url };
  assert.match((await run(backupCommand, [two], onPostgres)).err, 'that database holds no record; no backup was made');
  assert.is((await run(restoreCommand, [one], onPostgres)).err, '');
  const store = await leadOn(url);
  const made = await run(backupCommand, [two, '--json'], onPostgres);
  assert.is(made.status, 0, made.err);
  await expectWhole(store, store.keeper, filled);
  assert.match(
    (await run(restoreCommand, [one], onPostgres)).err,
    'a coordinator leads on that database: stop it first',
  );
  await store.close();
  assert.is((await restore(two, '--data-dir', back)).err, '');
  await expectWholeFolder(back, filled);
});

const COORDINATOR = 65_534;

testUnless([rootMissing()])('files restored by root go to the folder’s owner, who runs the coordinator', async () => {
  const [dataDir, back, file] = [join(dir, 'roots'), join(dir, 'roots-back'), join(dir, 'roots.backup')];
  const { id } = await fill(dataDir, 10);
  await backUp(file, '--data-dir', dataDir);
  mkdirSync(back);
  chownSync(back, COORDINATOR, COORDINATOR);
  assert.is((await restore(file, '--data-dir', back)).err, '');
  for (const made of ['switchyard.db', 'switchyard.db-lock', 'output', `output/${id.slice(-2)}/${id}.log`])
    assert.is(statSync(join(back, made)).uid, COORDINATOR, made);
});

test('a file that cannot be restored is refused by name, and leaves nothing', async () => {
  const [dataDir, file] = [join(dir, 'refused'), join(dir, 'refused.backup')];
  const { id } = await fill(dataDir, 10);
  await backUp(file, '--data-dir', dataDir);
  const target = join(dir, 'target');
  const refusal = async (from: string, to = target) => (await restore(from, '--data-dir', to)).err;
  assert.match(await refusal(join(dir, 'none')), /none does not exist; nothing was copied/);
  assert.match(await refusal(join(dataDir, 'switchyard.db')), 'it is not a backup of a coordinator');
  writeFileSync(join(dir, 'text'), 'no database'.repeat(100));
  assert.match(await refusal(join(dir, 'text')), 'file is not a database');
  const damages: Record<string, [sql: string, message: string]> = {
    row: ["UPDATE events SET message = 'other' WHERE id = 3", 'its table events is damaged'],
    missing: ['DROP TABLE quarantine', 'its table quarantine is damaged'],
    output: [`UPDATE output SET bytes = CAST('zerO' || char(10) AS BLOB) WHERE at_byte = 0`, 'its output is damaged'],
    less: [`DELETE FROM output WHERE command_id = '${id}'`, 'its output is damaged'],
    newer: [`PRAGMA user_version = ${MIGRATIONS.length + 1}`, 'a newer Switchyard wrote it'],
  };
  for (const [name, [sql, message]] of Object.entries(damages)) {
    const damaged = join(dir, `${name}.backup`);
    writeFileSync(damaged, readFileSync(file));
    const db = new DatabaseSync(damaged);
    db.exec(sql);
    db.close();
    assert.match(await refusal(damaged), message, name);
    const left = existsSync(target) ? readdirSync(target) : [];
    assert.equal(
      left.filter((entry) => entry !== 'switchyard.db-lock'),
      [],
      name,
    );
  }
  assert.match(await refusal(file, dataDir), `${join(dataDir, 'switchyard.db')} exists: give an empty DATA_DIR`);
  const used = join(dir, 'used');
  mkdirSync(join(used, 'output/01'), { recursive: true });
  assert.match(await refusal(file, used), /used\/output shows that there was a record/);
  const running = openStore({ dataDir: join(dir, 'empty') });
  assert.match(await refusal(file, join(dir, 'empty')), 'another coordinator runs on it');
  running.close();
  chmodSync(file, 0o400);
  assert.is(await refusal(file), '');
});

test('a record that cannot be backed up is refused by name, and leaves no file', async () => {
  const into = join(dir, 'into');
  mkdirSync(into);
  const file = join(into, 'x.backup');
  assert.match((await backUp(file, '--data-dir', join(dir, 'nothing'))).err, 'there is no database in');
  assert.equal((await backUp('--data-dir', dir)).status, 2);
  assert.match((await backUp('--version')).out, /^switchyard-coordinator backup \d/);
  const dataDir = join(dir, 'full');
  await fill(dataDir, 10);
  const missing = await backUp(join(into, 'none/x'), '--data-dir', dataDir);
  assert.equal([missing.status, missing.out], [1, '']);
  writeFileSync(`${file}.partial`, 'left by a backup that was killed');
  assert.is((await backUp(file, '--data-dir', dataDir)).err, '');
  assert.equal(readdirSync(into), ['x.backup']);
  const own = join(dataDir, 'switchyard.db');
  assert.match((await backUp(own, '--replace', '--data-dir', dataDir)).err, 'switchyard.db is not a backup');
  const other = new DatabaseSync(`${file}.partial`);
  other.exec('BEGIN EXCLUSIVE');
  assert.match((await backUp(file, '--replace', '--data-dir', dataDir)).err, 'another program is writing');
  other.close();
  const earlier = new DatabaseSync(join(dataDir, 'switchyard.db'));
  earlier.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
  assert.match((await backUp(file, '--replace', '--data-dir', dataDir)).err, 'a coordinator of an earlier version');
  earlier.close();
});

test('a backup by an earlier version is restored into a folder, and the next start brings it up to date', async () => {
  const [dataDir, back, file] = [join(dir, 'older'), join(dir, 'older-back'), join(dir, 'older.backup')];
  const db = openDatabase(join(dataDir, 'switchyard.db'), MIGRATIONS.slice(0, 1));
  db.exec("INSERT INTO hosts (id, name, tags, token_hash, created_at) VALUES ('id', 'web1', '[]', 'hash', 1)");
  db.close();
  assert.is((await backUp(file, '--data-dir', dataDir)).err, '');
  const { err } = await run(restoreCommand, [file], { SWITCHYARD_STORE: 'postgres://nowhere' });
  assert.match(err, 'restore it into a DATA_DIR, start a coordinator on it once, and migrate');
  assert.is((await restore(file, '--data-dir', back)).err, '');
  const store = openStore({ dataDir: back });
  assert.is(store.hosts.idByTokenHash('hash'), 'id');
  store.close();
});

test.run();
