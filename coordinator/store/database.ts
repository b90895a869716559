import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from '../../shared/make-folder.ts';
import { MIGRATIONS } from './migrations.ts';

/**
 * The SQLite file.
 *
 * D1 What a transaction wrote is on disk when it returns (synchronous=FULL), all of it or nothing.
 * D2 One process at a time: the exclusive lock keeps a second coordinator from making a second record of a command.
 * D3 The schema is that of this program; a database that a newer one wrote is refused, never guessed at.
 */

/** How long to wait for a coordinator that is just leaving. */
const BUSY_TIMEOUT_MS = 5000;
/** Of 4 KiB: what changes in every turn is then copied from the log into the database once for many turns. SQLite's own: 1,000. */
const CHECKPOINT_PAGES = 4_000;

/** Opens, and brings to this program's shape. Throws with one line that says what is wrong, the reason as `cause`. */
export function openDatabase(
  path: string,
  migrations: readonly string[] = MIGRATIONS,
  busyTimeoutMs: number = BUSY_TIMEOUT_MS,
): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    makeFolder(dirname(path));
    db = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: busyTimeoutMs });
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    migrate(db, migrations);
    return db;
  } catch (cause) {
    db?.close();
    throw new Error(`SWITCHYARD_DATA_DIR: ${path} cannot be used: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message === 'database is locked' ? 'another coordinator runs on it' : message;
}

function migrate(db: DatabaseSync, migrations: readonly string[]): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (version > migrations.length)
    throw new Error(`a newer Switchyard wrote it (schema ${version}, this one knows ${migrations.length})`);
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue;
    transaction(db, () => db.exec(`${sql}; PRAGMA user_version = ${index + 1}`));
  }
}

/** Runs `work` in one transaction. If it throws, nothing of it stays and the error goes on to the caller. */
export function transaction<Result>(db: DatabaseSync, work: () => Result): Result {
  if (db.isTransaction) throw new Error('transactions do not nest');
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk or an I/O error has rolled back already.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
