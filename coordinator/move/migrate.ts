import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../shared/clock.ts';
import { newId } from '../../shared/ids.ts';
import type { Log } from '../config/log.ts';
import { keepLease } from '../lead/lease-keeper.ts';
import { createFileKeeper } from '../output/file-keeper.ts';
import { stateOf } from '../store/postgres/commit.ts';
import { openSessions, type Session } from '../store/postgres/database.ts';
import { readLease, releaseLead, takeLead } from '../store/postgres/lease.ts';
import { layGround } from '../store/postgres/migrate.ts';
import { openStore } from '../store/postgres/store.ts';
import { traceOfDatabase } from '../store/sqlite/data-folder.ts';
import { openDatabase } from '../store/sqlite/database.ts';
import { CommitUnknown } from '../store/write.ts';
import { copyTable, tallyTable } from './copy.ts';
import { copyOutput, outputIds } from './outputs.ts';
import { type Table, tablesOf } from './tables.ts';

export type MigrateDeps = {
  clock: Clock;
  log: Log;
  dataDir: string;
  /** The database's URL. */
  url: string;
  /** Tells the waiting person a line. */
  say: (line: string) => void;
};

const UNKNOWN =
  'the database did not answer the last commit: either all was copied or nothing. Run it again: if it then says that the database holds a record already, all was copied';

/**
 * Copies a whole record from SQLite and its files to an empty PostgreSQL, as its leader, and compares both. Output is copied first; one
 * commit at the end makes all rows visible. A killed move is simply run again: it begins anew. SQLite stays unchanged.
 * Throws one line that says what is wrong: a `CommitUnknown` if that commit was not answered; after any other, nothing was copied.
 */
export async function migrate({ clock, log, dataDir, url, say }: MigrateDeps): Promise<void> {
  if (traceOfDatabase(dataDir) !== null) throw new Error(`there is no database in ${dataDir}`);
  const sqlite = openDatabase(join(dataDir, 'switchyard.db'));
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {});
  const holder = newId();
  const database = openSessions({ url, holder, onLost: lost.reject });
  const commit: { state: 'none' | 'asked' | 'done' } = { state: 'none' };
  try {
    const leading = await database.session();
    await layGround(leading);
    const since = clock.monotonic();
    const term = await lead(leading, holder);
    const lease = keepLease({ clock, ask: leading.ask, term, since, url: () => null, onLost: lost.reject });
    try {
      await Promise.race([lost.promise, copyAll(sqlite)]);
    } catch (cause) {
      if (commit.state === 'asked') throw new CommitUnknown(UNKNOWN, { cause });
      if (commit.state === 'none') throw cause;
    } finally {
      lease.close();
    }
    // The lease ends by itself too.
    await releaseLead(leading.ask, term).catch(() => {});

    async function copyAll(from: DatabaseSync): Promise<void> {
      const { keeper } = await openStore({ database, term, onLost: lost.reject });
      const session = await database.session();
      const tables = await tablesOf(from, session);
      await refuseUnlessEmpty(session, tables);
      await session.run('TRUNCATE output');
      const dir = join(dataDir, 'output');
      const files = createFileKeeper({ dir, log });
      let bytes = 0;
      const ids = outputIds(dir);
      for (const id of ids) bytes += await copyOutput(files, dir, keeper, id);
      say(`output: ${ids.length} commands, ${bytes} bytes`);
      await session.run('BEGIN');
      for (const table of tables) await copyAndCompare(from, session, table);
      // Another leader would have started on an empty database.
      const held = await session.ask({ sql: 'SELECT 1 FROM lead WHERE term = $term FOR SHARE', bound: { term } });
      if (held.length === 0) throw new Error('another coordinator has taken the lead of that database');
      commit.state = 'asked';
      await session.run('COMMIT').catch((cause) => {
        if (stateOf(cause) !== null) commit.state = 'none';
        throw cause;
      });
      commit.state = 'done';
    }
  } finally {
    database.cut();
    sqlite.close();
  }

  async function copyAndCompare(from: DatabaseSync, session: Session, table: Table): Promise<void> {
    const read = await copyTable(from, session, table);
    const written = await tallyTable(session, table);
    if (read.rows !== written.rows || read.hash !== written.hash)
      throw new Error(`${table.name}: ${read.rows} rows were read, and ${written.rows} others written`);
    say(`${table.name}: ${read.rows} rows, the same on both sides (${read.hash.slice(0, 16)})`);
  }
}

async function lead({ ask }: Session, holder: string): Promise<number> {
  const lease = await readLease(ask, holder);
  const term = lease.free ? await takeLead(ask, { holder, url: null }, lease) : null;
  if (term === null) throw new Error('a coordinator leads on that database: stop it first');
  return term;
}

async function refuseUnlessEmpty(session: Session, tables: readonly Table[]): Promise<void> {
  for (const { name } of tables) {
    const { rows } = await session.query({ sql: `SELECT 1 FROM ${name} LIMIT 1` });
    if (rows.length > 0) throw new Error(`that database holds a record already (${name}): give an empty one`);
  }
}
