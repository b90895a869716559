import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openDatabase } from './database.ts';
import { openStore } from './store.ts';

const folder = mkdtempSync(join(tmpdir(), 'switchyard-damage-'));
test.after(() => rmSync(folder, { recursive: true }));

let files = 0;
const newPath = () => join(folder, `${++files}`, 'switchyard.db');

const messageOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  return 'nothing was thrown';
};

/** A closed database of one host and its bytes. */
function someDatabase(): { path: string; bytes: Buffer } {
  const path = newPath();
  const db = openDatabase(path);
  db.exec(
    "INSERT INTO hosts (id, name, tags, token_hash, created_at, hello) VALUES ('id-1', 'web1', '[]', 'hash-1', 5, NULL)",
  );
  for (let n = 0; n < 200; n += 1) db.exec(`INSERT INTO dispatches VALUES ('id-${n}', ${n}, '${'x'.repeat(500)}')`);
  db.close();
  return { path, bytes: readFileSync(path) };
}

test('an empty or damaged database is refused by its name with what to do, and stays as it is', () => {
  const { path, bytes } = someDatabase();
  const pages = bytes.length / 4096;
  const holed = Buffer.from(bytes);
  for (let page = 1; page < pages; page += 1) holed.fill(0xaa, page * 4096, page * 4096 + 64);
  const oneBad = Buffer.from(bytes).fill(0xaa, bytes.length - 4096, bytes.length - 4032);
  const damaged: Record<string, Buffer> = {
    empty: Buffer.alloc(0),
    'cut short': bytes.subarray(0, 4096 * Math.floor(pages / 2)),
    'cut within its header': bytes.subarray(0, 50),
    zeros: Buffer.alloc(bytes.length),
    'with bad pages': holed,
    'with one bad page': oneBad,
  };
  for (const [what, content] of Object.entries(damaged)) {
    writeFileSync(path, content);
    const message = messageOf(() => openDatabase(path));
    assert.match(
      message,
      `SWITCHYARD_DATA_DIR: ${path} cannot be used: it is ${what === 'empty' ? 'empty' : 'damaged'}`,
      what,
    );
    assert.match(message, /put a backup in its place, or to begin with an empty fleet/, what);
    assert.not.match(message, /\n/);
    assert.equal(readFileSync(path), content, what);
  }
  writeFileSync(path, bytes);
  openDatabase(path).close();
});

test('a database of something else is refused', () => {
  const path = newPath();
  mkdirSync(dirname(path));
  const other = new DatabaseSync(path);
  other.exec('CREATE TABLE theirs (x)');
  other.close();
  assert.match(
    messageOf(() => openDatabase(path)),
    /it is not a Switchyard database/,
  );
});

test('a vanished database is not taken for a new fleet', () => {
  for (const [name, file] of [
    ['output', 'output/7f/01.log'],
    ['wal', 'switchyard.db-wal'],
  ] as const) {
    const dataDir = join(folder, `lost-${name}`);
    mkdirSync(dirname(join(dataDir, file)), { recursive: true });
    writeFileSync(join(dataDir, file), 'x');
    const message = messageOf(() => openStore({ dataDir }));
    assert.match(message, /SWITCHYARD_DATA_DIR: .*switchyard.db is missing, though .* put a backup in its place/);
    assert.equal(readdirSync(dataDir), [file.split('/')[0], 'switchyard.db-lock'].sort());
  }
  const dataDir = join(folder, 'brought');
  mkdirSync(join(dataDir, 'output'), { recursive: true });
  writeFileSync(join(dataDir, 'admin-token'), 'a token that somebody brought');
  const store = openStore({ dataDir });
  assert.is(store.isNew, true);
  store.close();
  const again = openStore({ dataDir });
  assert.is(again.isNew, false);
  again.close();
});

test('a first start that is killed at any step leaves a whole database or none', () => {
  const path = newPath();
  mkdirSync(dirname(path));
  writeFileSync(`${path}.new-1`, 'of a start that was killed');
  openDatabase(path).close();
  assert.equal(readdirSync(dirname(path)), ['switchyard.db']);
  assert.throws(() => openDatabase(join(folder, 'none', 'switchyard.db'), ['NO SQL']));
  assert.equal(readdirSync(join(folder, 'none')), []);
});

const modeOf = (path: string) => statSync(path).mode & 0o777;

test('only the owner reads the database and its folder, even if an earlier version let others in', () => {
  const umask = process.umask(0);
  try {
    const dataDir = join(folder, 'modes');
    mkdirSync(dataDir);
    mkdirSync(join(dataDir, 'output'));
    const path = join(dataDir, 'switchyard.db');
    for (const look of ['new', 'old']) {
      const store = openStore({ dataDir });
      store.probe();
      const made = readdirSync(dataDir).filter((name) => name.startsWith('switchyard.db'));
      for (const name of made) assert.is(modeOf(join(dataDir, name)), 0o600, `${look}: ${name}`);
      assert.ok(made.includes('switchyard.db-wal'));
      assert.is(modeOf(dataDir), 0o700, look);
      store.close();
      chmodSync(path, 0o644);
      chmodSync(dataDir, 0o755);
    }
  } finally {
    process.umask(umask);
  }
});

test('a folder with foreign files stays open, but our output in it is closed', () => {
  const dataDir = join(folder, 'shared');
  mkdirSync(join(dataDir, 'theirs'), { recursive: true });
  mkdirSync(join(dataDir, 'output'));
  for (const dir of [dataDir, join(dataDir, 'output')]) chmodSync(dir, 0o755);
  openStore({ dataDir }).close();
  assert.equal([modeOf(dataDir), modeOf(join(dataDir, 'output'))], [0o755, 0o700]);
});

test.run();
