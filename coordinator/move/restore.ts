import { existsSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { makeFolder } from '../../shared/files/make-folder.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { Log } from '../config/log.ts';
import {
  closeFolder,
  databasePath,
  giveToOwner,
  isBeingRestored,
  outputDir,
  restoringPath,
  traceOfDatabase,
} from '../store/sqlite/data-folder.ts';
import { holdRecord } from '../store/sqlite/database.ts';
import { MIGRATIONS } from '../store/sqlite/migrations.ts';
import { type BackupFile, type Copied, compareOutput } from './backup-file.ts';
import { beginDraft, dropDraft, endDraft } from './draft.ts';
import { commandsIn, folderOutputs } from './folder.ts';
import { intoPostgres } from './into-postgres.ts';
import { copyOutputs } from './outputs.ts';
import { type Progress, sameLine } from './progress.ts';
import { copyRows } from './sqlite-rows.ts';

type RestoreDeps = { clock: Clock; log: Log; backup: BackupFile; progress: Progress };

/**
 * Puts a backup into a DATA_DIR without a record. The database gets its name last, so a coordinator starts on all of it or not at all.
 * A killed restore is simply run again. Throws one line that says what is wrong, and then leaves nothing.
 */
export async function restoreFolder({
  log,
  backup,
  dataDir,
  progress,
}: RestoreDeps & { dataDir: string }): Promise<Copied> {
  const path = databasePath(dataDir);
  const lock = holdRecord(path);
  try {
    refuseUnlessEmpty(dataDir);
    const made = restoringPath(dataDir);
    const draft = beginDraft(made, backup.schema);
    try {
      makeFolder(outputDir(dataDir));
      const tables = copyRows(backup.path, draft.db, (table) => progress.say(sameLine(table)));
      const output = await copyOutputs(backup.outputs, folderOutputs(dataDir, log), commandsIn(draft.db), progress);
      compareOutput(backup, output);
      giveToOwner(dataDir, [basename(made), basename(outputDir(dataDir))]);
      await endDraft(draft, made, path);
      return { tables, output };
    } catch (error) {
      // The database is complete, though the disk did not confirm its name.
      if (existsSync(path)) throw error;
      rmSync(outputDir(dataDir), { recursive: true, force: true });
      dropDraft(draft, made);
      throw error;
    }
  } finally {
    closeFolder(dataDir);
    lock.release();
  }
}

/** Removes the leftovers of a killed restore. Throws if any other part of a record is there. */
function refuseUnlessEmpty(dataDir: string): void {
  const path = databasePath(dataDir);
  if (existsSync(path)) throw new Error(`${path} exists: give an empty DATA_DIR, or move its content away first`);
  if (isBeingRestored(dataDir)) rmSync(outputDir(dataDir), { recursive: true, force: true });
  const trace = traceOfDatabase(dataDir);
  if (trace !== null) throw new Error(`${trace} shows that there was a record: move it away first`);
}

/** Puts a backup into an empty PostgreSQL. Throws as `intoPostgres` does. */
export async function restorePostgres({
  clock,
  backup,
  url,
  progress,
}: RestoreDeps & { url: string }): Promise<Copied> {
  if (backup.schema !== MIGRATIONS.length)
    throw new Error(
      `version ${backup.info.version} made that backup: restore it into a DATA_DIR, start a coordinator on it once, and migrate`,
    );
  return await intoPostgres({
    clock,
    url,
    from: { db: backup.db, outputs: backup.outputs },
    progress,
    checkOutput: (output) => compareOutput(backup, output),
  });
}
