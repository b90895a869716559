import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sampleReport } from '../../lifecycle/fixtures/sample.ts';
import { openDatabase, transaction } from './database.ts';
import { createHostStore } from './hosts.ts';
import { MIGRATIONS } from './migrations.ts';
import { openStore } from './store.ts';

const folder = mkdtempSync(join(tmpdir(), 'switchyard-database-'));
test.after(() => rmSync(folder, { recursive: true }));

let files = 0;
const newPath = () => join(folder, `${++files}`, 'switchyard.db');

const CREATE = 'CREATE TABLE notes (text TEXT UNIQUE)';

const messageOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  return 'nothing was thrown';
};

test('a database takes each missing step once', () => {
  const path = newPath();
  openDatabase(path, [CREATE]).close();
  const db = openDatabase(path, [CREATE, "INSERT INTO notes VALUES ('second')"]);
  openDatabase(newPath(), [CREATE, "INSERT INTO notes VALUES ('second')"]).close();
  assert.equal(
    db
      .prepare('SELECT text FROM notes')
      .all()
      .map(({ text }) => text),
    ['second'],
  );
  db.close();
});

test("hosts' last known state is kept when heartbeats get a table of their own", () => {
  const path = newPath();
  const before = openDatabase(path, MIGRATIONS.slice(0, 1));
  const insert = before.prepare(`INSERT INTO hosts VALUES (?, ?, '[]', ?, 5, ?)`);
  const hello = {
    platform: 'nixos',
    os: { name: 'NixOS', version: '25.05', arch: 'x86_64' },
    agentVersion: '1',
    ops: [],
  };
  const instance = { tags: [], stateId: null, bootId: 'boot', instanceId: 'instance' };
  const said = { ...hello, ...instance, lastSeenAt: 9, report: sampleReport(), metrics: null };
  insert.run('id-1', 'web1', 'hash-1', JSON.stringify(said));
  insert.run('id-2', 'new', 'hash-2', null);
  before.close();
  const db = openDatabase(path);
  const hosts = createHostStore(db);
  assert.equal(hosts.byId('id-1')?.known, said);
  assert.is(hosts.byId('id-2')?.known, null);
  db.close();
});

test('a failed step leaves the database at the step before', () => {
  const path = newPath();
  const message = messageOf(() =>
    openDatabase(path, [CREATE, "INSERT INTO notes VALUES ('half'); INSERT INTO no_table VALUES (1)"]),
  );
  assert.match(message, /no_table/);
  const db = openDatabase(path, [CREATE]);
  assert.is(db.prepare('SELECT count(*) AS n FROM notes').get()?.n, 0);
  db.close();
});

test("a newer program's database is refused", () => {
  const path = newPath();
  openDatabase(path, [CREATE, 'CREATE TABLE more (x)']).close();
  assert.match(
    messageOf(() => openDatabase(path, [CREATE])),
    /SWITCHYARD_DATA_DIR: .*a newer Switchyard wrote it \(schema 2, this one knows 1\)/,
  );
});

test('every commit is on disk when it returns: WAL with full syncs, and foreign keys hold', () => {
  const db = openDatabase(newPath());
  assert.is(db.prepare('PRAGMA journal_mode').get()?.journal_mode, 'wal');
  assert.is(db.prepare('PRAGMA synchronous').get()?.synchronous, 2);
  assert.is(db.prepare('PRAGMA foreign_keys').get()?.foreign_keys, 1);
  db.close();
});

test('a folder that cannot hold the database is named with its option', () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  const message = messageOf(() => openStore({ dataDir: file }));
  assert.match(message, /SWITCHYARD_DATA_DIR: .*a-file.* cannot be used: /);
  const nowhere = messageOf(() => openStore({ dataDir: '/proc/no-such-process/data' }));
  assert.match(nowhere, /SWITCHYARD_DATA_DIR: .* cannot be used: ENOENT/);
  assert.not.match(message, /\n/);
});

test('a file that is not a database is refused', () => {
  const path = join(folder, 'switchyard.db');
  writeFileSync(path, 'this is no database at all'.repeat(100));
  assert.match(
    messageOf(() => openDatabase(path)),
    /SWITCHYARD_DATA_DIR: .*it is damaged \(file is not a database\); put a backup/,
  );
});

test('a transaction that throws leaves nothing, and its error goes on', () => {
  const db = openDatabase(newPath(), [CREATE]);
  const insert = db.prepare('INSERT INTO notes VALUES (?)');
  const message = messageOf(() =>
    transaction(db, () => {
      insert.run('one');
      throw new Error('on purpose');
    }),
  );
  assert.match(message, /on purpose/);
  assert.is(
    transaction(db, () => insert.run('two').changes),
    1,
  );
  assert.is(db.prepare('SELECT count(*) AS n FROM notes').get()?.n, 1);
  db.close();
});

test('transactions do not nest', () => {
  const db = openDatabase(newPath(), [CREATE]);
  assert.match(
    messageOf(() => transaction(db, () => transaction(db, () => {}))),
    /do not nest/,
  );
  assert.is(db.isTransaction, false);
  db.close();
});

test('a full disk undoes the transaction, and the next one works once there is room', () => {
  const db = openDatabase(newPath(), [CREATE]);
  const insert = db.prepare('INSERT INTO notes VALUES (?)');
  const write = (mark: string) =>
    transaction(db, () => {
      for (let i = 0; i < 100; i += 1) insert.run(`${mark} ${i} ${'x'.repeat(1000)}`);
    });
  const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count);
  db.exec(`PRAGMA max_page_count = ${pages + 10}`);
  assert.match(
    messageOf(() => write('full')),
    /full/,
  );
  assert.is(db.prepare('SELECT count(*) AS n FROM notes').get()?.n, 0);
  db.exec('PRAGMA max_page_count = 100000');
  write('room');
  assert.is(db.prepare('SELECT count(*) AS n FROM notes').get()?.n, 100);
  db.close();
});

test('a second coordinator on the same folder is refused', async () => {
  const dataDir = join(folder, 'twice');
  const store = openStore({ dataDir });
  const open = `import { holdRecord } from ${JSON.stringify(new URL('database.ts', import.meta.url).href)};
    holdRecord(${JSON.stringify(join(dataDir, 'switchyard.db'))}, 0);`;
  const second = spawn(process.execPath, ['--input-type=module', '-e', open], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  second.stderr.on('data', (text) => {
    said += text;
  });
  const [status] = await once(second, 'close');
  assert.is(status, 1);
  assert.match(said, /SWITCHYARD_DATA_DIR: .*another coordinator runs on it/);
  store.close();
});

test('a writer killed midway leaves each transaction whole and loses no committed one', async () => {
  const dataDir = join(folder, 'killed');
  const writer = fileURLToPath(new URL('fixtures/crash-writer.ts', import.meta.url));
  let committed = 0;
  for (const stepsMore of [1, 60]) {
    const goal = committed + stepsMore;
    const child = spawn(process.execPath, [writer, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
      committed = Number(said.split('\n').at(-2) ?? committed);
      if (committed >= goal) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const store = openStore({ dataDir });
    const record = store.commands.live()[0];
    const { id = '', rev = 0 } = record?.command ?? {};
    assert.ok(rev >= committed && rev <= committed + 1, `${rev} is what was said last (${committed}) or one more`);
    assert.is(store.history.of(id).length, rev);
    assert.is(store.events.list({ first: 'newest', limit: 1 }).items[0]?.at, rev);
    assert.is(store.events.list({ first: 'oldest', limit: 1000 }).items.length, rev);
    store.close();
    committed = rev;
  }
});

test.run();
