import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { syncPath } from '../../shared/files/durable-file.ts';
import { isLocked } from '../../shared/files/file-lock.ts';
import { MIGRATIONS } from '../store/sqlite/migrations.ts';

/**
 * A SQLite file under a temporary name until it is complete. After a kill the next run starts over, so it needs no journal. Its
 * lock keeps a second program from writing it.
 */
type Draft = { readonly db: DatabaseSync };

/** Begins a draft, for its owner alone, with the tables of this schema. Throws if another program is writing it. */
export function beginDraft(path: string, schema: number): Draft {
  clearDraft(path);
  closeSync(openSync(path, 'wx', 0o600));
  const db = new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: false });
  try {
    db.exec('PRAGMA main.locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
    for (const step of MIGRATIONS.slice(0, schema)) db.exec(step);
    db.exec(`PRAGMA user_version = ${schema}`);
    return { db };
  } catch (error) {
    db.close();
    rmSync(path, { force: true });
    throw error;
  }
}

function clearDraft(path: string): void {
  if (!existsSync(path)) return;
  const old = new DatabaseSync(path, { timeout: 0 });
  try {
    old.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    // A damaged draft may be replaced too.
    if (isLocked(cause)) throw new Error(`another program is writing ${path}`, { cause });
  } finally {
    old.close();
  }
  rmSync(path);
}

/** Gives the draft its name. Once this resolves the file is there even after a power cut; until then, the name is as it was. */
export async function endDraft({ db }: Draft, path: string, name: string): Promise<void> {
  db.close();
  await syncPath(path);
  await rename(path, name);
  await syncPath(dirname(name));
}

/** Removes the draft. */
export function dropDraft({ db }: Draft, path: string): void {
  if (db.isOpen) db.close();
  rmSync(path, { force: true });
}
