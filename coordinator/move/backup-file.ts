import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS } from '../store/sqlite/migrations.ts';
import { createBackupOutput, OUTPUT_TABLE } from './backup-output.ts';
import type { OutputSource, OutputTally } from './outputs.ts';
import type { Progress } from './progress.ts';
import { tallyOf } from './sqlite-rows.ts';
import { ownTables } from './tables.ts';
import type { NamedTally } from './tally.ts';

/**
 * A backup: one SQLite file with the tables of the record, all output, and a tally of each table. Either store can be restored from it.
 * Its schema is SQLite's, and `user_version` counts the steps, as in `switchyard.db`.
 */
export const BACKUP_TABLES = `${OUTPUT_TABLE}
  CREATE TABLE backup (id INTEGER PRIMARY KEY CHECK (id = 1), made_at INTEGER NOT NULL, version TEXT NOT NULL, output_bytes INTEGER NOT NULL)
    STRICT;
  CREATE TABLE backup_tables (name TEXT PRIMARY KEY, rows INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
`;

/** When it was made (ms), and by which version. */
type BackupInfo = { madeAt: number; version: string };

/** The copied rows and bytes. */
export type Copied = { tables: readonly NamedTally[]; output: OutputTally };

export type BackupFile = {
  readonly path: string;
  readonly db: DatabaseSync;
  readonly schema: number;
  readonly info: BackupInfo;
  readonly outputs: OutputSource;
  /** The tally of all output, as it was written. */
  readonly output: OutputTally;
  close(): void;
};

/** Records the backup's content. */
export function sealBackup(db: DatabaseSync, { madeAt, version }: BackupInfo, output: OutputTally): void {
  db.prepare('INSERT INTO backup (id, made_at, version, output_bytes) VALUES (1, ?, ?, ?)').run(
    madeAt,
    version,
    output.bytes,
  );
  const insert = db.prepare('INSERT INTO backup_tables (name, rows, hash) VALUES (?, ?, ?)');
  for (const table of ownTables(db)) {
    const { rows, hash } = tallyOf(db, table);
    insert.run(table.name, rows, hash);
  }
  insert.run('output', output.rows, output.hash);
}

/** Opens a backup for reading and compares its rows with its tallies. Throws one line that says what is wrong with it. */
export function openBackup(path: string, progress: Pick<Progress, 'tick'>): BackupFile {
  if (!existsSync(path)) throw new Error(`${path} does not exist`);
  const db = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  try {
    db.exec('PRAGMA trusted_schema = OFF');
    return read(path, db, progress);
  } catch (cause) {
    db.close();
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${path} cannot be restored: ${message}`, { cause });
  }
}

function read(path: string, db: DatabaseSync, progress: Pick<Progress, 'tick'>): BackupFile {
  const schema = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  const made = holdsBackup(db) && db.prepare('SELECT made_at, version, output_bytes FROM backup').get();
  if (!made || schema === 0) throw new Error('it is not a backup of a coordinator');
  if (schema > MIGRATIONS.length)
    throw new Error(`a newer Switchyard wrote it (schema ${schema}, this one knows ${MIGRATIONS.length})`);
  const tallies = db.prepare('SELECT name, rows, hash FROM backup_tables').all();
  const found = new Map(tallies.map((row) => [String(row.name), { rows: Number(row.rows), hash: String(row.hash) }]));
  const output = found.get('output');
  found.delete('output');
  const own = ownTables(db);
  for (const [name, { rows, hash }] of found) {
    progress.tick(() => `${name} is being checked`);
    const table = own.find((one) => one.name === name);
    const tally = table && tallyOf(db, table);
    if (tally?.rows !== rows || tally.hash !== hash) throw new Error(`its table ${name} is damaged`);
  }
  if (!output || own.length !== found.size) throw new Error('its list of tables is damaged');
  return {
    path,
    db,
    schema,
    outputs: createBackupOutput(db),
    output: { ...output, bytes: Number(made.output_bytes) },
    info: { madeAt: Number(made.made_at), version: String(made.version) },
    close: () => db.close(),
  };
}

const holdsBackup = (db: DatabaseSync): boolean =>
  db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'backup'").get() !== undefined;

/** Whether a file is a backup, even a damaged one. */
export function isBackup(path: string): boolean {
  try {
    const db = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    try {
      return holdsBackup(db);
    } finally {
      db.close();
    }
  } catch {
    return false;
  }
}

/** Throws if the copied output is not the whole output of the backup. */
export function compareOutput({ path, output }: BackupFile, copied: OutputTally): void {
  if (copied.rows !== output.rows || copied.hash !== output.hash)
    throw new Error(`${path} cannot be restored: its output is damaged`);
}
