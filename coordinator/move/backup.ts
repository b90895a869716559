import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isLocked } from '../../shared/files/file-lock.ts';
import { newId } from '../../shared/ids.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { version } from '../../shared/version.ts';
import type { Log } from '../config/log.ts';
import { openSessions, type Session } from '../store/postgres/database.ts';
import { MIGRATIONS as POSTGRES_STEPS } from '../store/postgres/migrations.ts';
import { databasePath } from '../store/sqlite/data-folder.ts';
import { MIGRATIONS } from '../store/sqlite/migrations.ts';
import { BACKUP_TABLES, type Copied, isBackup, sealBackup } from './backup-file.ts';
import { createBackupOutput } from './backup-output.ts';
import { beginDraft, dropDraft, endDraft } from './draft.ts';
import { commandsIn, folderOutputs } from './folder.ts';
import { copyOutputs } from './outputs.ts';
import { createPostgresOutput } from './postgres-output.ts';
import { copyOut } from './postgres-rows.ts';
import { type Progress, sameLine } from './progress.ts';
import { copyRows } from './sqlite-rows.ts';
import { tablesOf } from './tables.ts';
import type { NamedTally } from './tally.ts';

type BackupDeps = {
  clock: Clock;
  log: Log;
  /** The file to make. */
  file: string;
  /** Replaces an existing backup. */
  replace: boolean;
  progress: Progress;
};

const draftPath = (file: string): string => `${file}.partial`;

/**
 * Copies the record of a DATA_DIR to a file, even while its coordinator runs. The rows are those of one moment. The file also has
 * output that came after it. Throws one line that says what is wrong; the file is then as it was.
 */
export async function backUpFolder(deps: BackupDeps & { dataDir: string }): Promise<Copied> {
  const { log, dataDir, progress } = deps;
  const path = databasePath(dataDir);
  if (!existsSync(path)) throw new Error(`there is no database in ${dataDir}`);
  const schema = schemaOf(path);
  return await intoFile(deps, schema, async (db) => {
    const tables = copyRows(path, db, (table) => progress.say(sameLine(table)));
    const outputs = folderOutputs(dataDir, log);
    return { tables, output: await copyOutputs(outputs, createBackupOutput(db), commandsIn(db), progress) };
  });
}

function schemaOf(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const schema = Number(db.prepare('PRAGMA user_version').get()?.user_version);
    if (schema === 0) throw new Error(`${path} is not a Switchyard database`);
    if (schema > MIGRATIONS.length)
      throw new Error(`a newer Switchyard wrote ${path} (schema ${schema}, this one knows ${MIGRATIONS.length})`);
    return schema;
  } catch (cause) {
    if (isLocked(cause))
      throw new Error('a coordinator of an earlier version keeps readers out: stop it first', { cause });
    throw cause;
  } finally {
    db.close();
  }
}

/** Copies the record in PostgreSQL to a file, even while a coordinator leads. Rows and output are those of one moment. Throws as above. */
export async function backUpPostgres(deps: BackupDeps & { url: string }): Promise<Copied> {
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {});
  const database = openSessions({ url: deps.url, holder: `backup ${newId()}`, onLost: lost.reject });
  try {
    const session = await database.session();
    await session.run(
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0',
    );
    await refuseOtherSchema(session);
    return await intoFile(deps, MIGRATIONS.length, (db) => Promise.race([lost.promise, copyAll(session, db)]));
  } finally {
    database.cut();
  }

  async function copyAll(session: Session, db: DatabaseSync): Promise<Copied> {
    const { progress } = deps;
    const tables: NamedTally[] = [];
    for (const table of await tablesOf(db, session)) {
      const tally = await copyOut({ sqlite: db, postgres: session, table, progress });
      tables.push(tally);
      progress.say(sameLine(tally));
    }
    const output = await copyOutputs(createPostgresOutput(session), createBackupOutput(db), commandsIn(db), progress);
    return { tables, output };
  }
}

async function refuseOtherSchema(session: Session): Promise<void> {
  const [known] = await session.ask({ sql: "SELECT 1 WHERE to_regclass('schema_steps') IS NOT NULL" });
  const [steps] = known ? await session.ask<{ taken: number }>({ sql: 'SELECT taken FROM schema_steps' }) : [];
  const taken = steps?.taken ?? 0;
  if (taken === 0) throw new Error('that database holds no record');
  if (taken !== POSTGRES_STEPS.length)
    throw new Error(
      `that database has schema ${taken}, and this version ${POSTGRES_STEPS.length}: back it up with the version that leads`,
    );
}

async function intoFile(
  { clock, file, replace }: BackupDeps,
  schema: number,
  copy: (db: DatabaseSync) => Promise<Copied>,
): Promise<Copied> {
  const refuseExisting = (): void => {
    if (!existsSync(file)) return;
    if (!replace) throw new Error(`${file} exists: give another name, or --replace`);
    if (!isBackup(file)) throw new Error(`${file} is not a backup: give another name`);
  };
  refuseExisting();
  const path = draftPath(file);
  const madeAt = clock.now();
  const draft = beginDraft(path, schema);
  try {
    draft.db.exec(BACKUP_TABLES);
    const copied = await copy(draft.db);
    sealBackup(draft.db, { madeAt, version }, copied.output);
    refuseExisting();
    await endDraft(draft, path, file);
    return copied;
  } catch (error) {
    dropDraft(draft, path);
    throw error;
  }
}
