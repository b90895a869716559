import { chmodSync, closeSync, fsyncSync, globSync, linkSync, openSync, rmSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type FileLock, isLocked, lockFile } from '../../../shared/files/file-lock.ts';
import { makeFolder } from '../../../shared/files/make-folder.ts';
import { giveToOwner } from './data-folder.ts';
import { MIGRATIONS } from './migrations.ts';

/**
 * The SQLite file.
 * D1 A transaction's writes are on disk when it returns (synchronous=FULL), all of them or none.
 * D2 One coordinator at a time: `holdRecord` keeps a second one from making a second record of a command. Others may read meanwhile.
 * D3 The file appears whole, never empty, and for its owner alone. An empty or damaged one is refused, never replaced.
 * D4 The schema is that of this program; a newer program's database is refused, never guessed at.
 */

/** How long to wait for a coordinator that is just leaving, or for a reader's short locks. */
const BUSY_TIMEOUT_MS = 5000;
/**
 * In pages of 4 KiB. Pages that change in every turn are then copied from the log into the database once for many turns. SQLite's
 * default: 1,000.
 */
const CHECKPOINT_PAGES = 4_000;
/** The write-ahead log grows while somebody reads an older state, and is cut to this size afterwards. */
const LOG_BYTES = 64 * 1024 * 1024;

/** The most hosts for which cache and checkpoints grow. */
const MOST_HOSTS = 100_000;
/** A turn changes pages of a host's commands and events, and of their indexes. SQLite's default of cache: 2,000 KiB. */
const CACHE_KIB = { least: 2_000, aHost: 0.65 };
const CHECKPOINT_PAGES_A_HOST = 0.16;

/** Beyond this size only the hosts are checked at the start: half a gigabyte takes a second. */
const CHECKED_BYTES = 512 * 1024 * 1024;

/** Keeps every other coordinator off the database until `release`. Throws one line if another has it for `waitMs`. */
export function holdRecord(path: string, waitMs: number = BUSY_TIMEOUT_MS): FileLock {
  let lock: FileLock | null;
  try {
    makeFolder(dirname(path));
    lock = lockFile(`${path}-lock`, waitMs);
    giveToOwner(dirname(path), [`${basename(path)}-lock`]);
  } catch (cause) {
    throw unusable(path, cause);
  }
  if (lock === null) throw unusable(path, new Error(HELD));
  return lock;
}

const HELD = 'another coordinator runs on it, or a restore';

const unusable = (path: string, cause: unknown): Error =>
  new Error(`SWITCHYARD_DATA_DIR: ${path} cannot be used: ${reasonOf(cause)}`, { cause });

/**
 * Opens or creates the database and migrates it to this program's schema. Throws with one line that says what is wrong, the
 * reason as `cause`.
 */
export function openDatabase(
  path: string,
  migrations: readonly string[] = MIGRATIONS,
  busyTimeoutMs: number = BUSY_TIMEOUT_MS,
): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    makeFolder(dirname(path));
    if (sizeOf(path) === null) makeDatabase(path, migrations);
    else closeToOthers(path);
    if (sizeOf(path) === 0) throw new Error(`it is empty; ${RESTORE}`);
    db = connect(path, busyTimeoutMs);
    for (const draft of globSync(`${path}.new-*`)) rmSync(draft, { force: true });
    lookOver(db, path);
    migrate(db, migrations);
    return db;
  } catch (cause) {
    db?.close();
    throw unusable(path, cause);
  }
}

function connect(path: string, timeout: number): DatabaseSync {
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout });
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA journal_size_limit = ${LOG_BYTES}`);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** Under another name first, so that a crash leaves a whole database or none. */
function makeDatabase(path: string, migrations: readonly string[]): void {
  const draft = `${path}.new-${process.pid}`;
  rmSync(draft, { force: true });
  closeSync(openSync(draft, 'wx', 0o600));
  try {
    const db = connect(draft, 0);
    try {
      migrate(db, migrations);
    } finally {
      db.close();
    }
    // Another coordinator may have been faster; a taken name keeps its file.
    linkSync(draft, path);
    syncFolder(dirname(path));
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Files of an earlier version are world-readable where the umask let them be. */
function closeToOthers(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`])
    try {
      chmodSync(file, 0o600);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
}

/** Throws if SQLite finds damage, or it is another program's database. */
function lookOver(db: DatabaseSync, path: string): void {
  if (versionOf(db) === 0) throw new Error(`it is not a Switchyard database; ${RESTORE}`);
  const found = (sizeOf(path) ?? 0) > CHECKED_BYTES ? "quick_check('hosts')" : 'quick_check(1)';
  const { quick_check: says } = db.prepare(`PRAGMA ${found}`).get() ?? {};
  if (says !== 'ok') throw new Error(`it is damaged (${String(says).split('\n', 1)[0]}); ${RESTORE}`);
}

const RESTORE = 'put a backup in its place, or to begin with an empty fleet move it away and the folder output with it';

/** SQLite's result codes for a damaged file. */
const DAMAGED: readonly unknown[] = [11, 26];

function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  // A coordinator of an earlier version lets nobody else open the database.
  if (isLocked(cause)) return HELD;
  const isDamaged = cause instanceof Error && 'errcode' in cause && DAMAGED.includes(Number(cause.errcode) & 0xff);
  return isDamaged ? `it is damaged (${message}); ${RESTORE}` : message;
}

const sizeOf = (path: string): number | null => statSync(path, { throwIfNoEntry: false })?.size ?? null;

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

const versionOf = (db: DatabaseSync): number => Number(db.prepare('PRAGMA user_version').get()?.user_version);

function migrate(db: DatabaseSync, migrations: readonly string[]): void {
  const version = versionOf(db);
  if (version > migrations.length)
    throw new Error(`a newer Switchyard wrote it (schema ${version}, this one knows ${migrations.length})`);
  if (version === migrations.length) return;
  transaction(db, () =>
    db.exec(`${migrations.slice(version).join(';\n')}; PRAGMA user_version = ${migrations.length}`),
  );
}

/**
 * Sizes the cache and the interval of checkpoints by the number of hosts. A batch whose pages exceed the cache writes them more than
 * once, and one that exceeds the interval ends with a checkpoint. What undoes a part of a batch stands in memory: a file of it takes a
 * system call for each page that a part changes.
 */
export function fitToFleet(db: DatabaseSync): void {
  const counted = Number(db.prepare('SELECT count(*) AS hosts FROM hosts').get()?.hosts);
  const hosts = Math.min(counted, MOST_HOSTS);
  const cacheKib = Math.max(Math.round(hosts * CACHE_KIB.aHost), CACHE_KIB.least);
  const pages = Math.max(Math.round(hosts * CHECKPOINT_PAGES_A_HOST), CHECKPOINT_PAGES);
  db.exec(`PRAGMA cache_size = -${cacheKib}; PRAGMA wal_autocheckpoint = ${pages}; PRAGMA temp_store = MEMORY`);
}

/** Runs `work` in one transaction. If it throws, everything is undone and the error reaches the caller. */
export function transaction<Result>(db: DatabaseSync, work: () => Result): Result {
  if (db.isTransaction) throw new Error('transactions do not nest');
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk or an I/O error has rolled it back already.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** The result of `work`, or why it was undone. */
export type Part<Result> = { result: Result } | { cause: unknown };

/** Runs parts of a transaction, each undone by itself if it throws. Throws if that ended the whole transaction. */
export function createParts(db: DatabaseSync): <Result>(work: () => Result) => Part<Result> {
  const begin = db.prepare('SAVEPOINT part');
  const undo = db.prepare('ROLLBACK TO part');
  const end = db.prepare('RELEASE part');
  return (work) => {
    begin.run();
    try {
      const result = work();
      end.run();
      return { result };
    } catch (cause) {
      // A full disk or an I/O error has rolled back everything.
      if (!db.isTransaction) throw cause;
      undo.run();
      end.run();
      return { cause };
    }
  };
}
