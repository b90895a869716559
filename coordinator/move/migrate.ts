import { existsSync } from 'node:fs';
import type { Clock } from '../../shared/time/clock.ts';
import type { Log } from '../config/log.ts';
import { databasePath } from '../store/sqlite/data-folder.ts';
import { holdRecord, openDatabase } from '../store/sqlite/database.ts';
import type { Copied } from './backup-file.ts';
import { folderOutputs } from './folder.ts';
import { intoPostgres } from './into-postgres.ts';
import type { Progress } from './progress.ts';

type MigrateDeps = { clock: Clock; log: Log; dataDir: string; url: string; progress: Progress };

/**
 * Copies the record of a stopped coordinator from SQLite and its files to an empty PostgreSQL. A killed move is simply run again.
 * SQLite stays unchanged. Throws as `intoPostgres` does.
 */
export async function migrate({ clock, log, dataDir, url, progress }: MigrateDeps): Promise<Copied> {
  const path = databasePath(dataDir);
  // Holding or opening a record would make one.
  if (!existsSync(path)) throw new Error(`there is no database in ${dataDir}`);
  const lock = holdRecord(path);
  try {
    const db = openDatabase(path);
    try {
      return await intoPostgres({ clock, url, from: { db, outputs: folderOutputs(dataDir, log) }, progress });
    } finally {
      db.close();
    }
  } finally {
    lock.release();
  }
}
