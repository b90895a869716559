import type { DatabaseSync } from 'node:sqlite';
import { newId } from '../../shared/ids.ts';
import { type Clock, sleep } from '../../shared/time/clock.ts';
import { keepLease } from '../lead/lease-keeper.ts';
import { stateOf } from '../store/postgres/commit.ts';
import { openSessions, type Session } from '../store/postgres/database.ts';
import { hasSessions, LEASE_MS, readLease, releaseLead, takeLead } from '../store/postgres/lease.ts';
import { layGround } from '../store/postgres/migrate.ts';
import { openStore } from '../store/postgres/store.ts';
import { CommitUnknown } from '../store/write.ts';
import type { Copied } from './backup-file.ts';
import { commandsIn } from './folder.ts';
import { copyOutputs, type OutputSource, type OutputTally } from './outputs.ts';
import { createPostgresOutput } from './postgres-output.ts';
import { copyIn } from './postgres-rows.ts';
import { type Progress, sameLine } from './progress.ts';
import { type Table, tablesOf } from './tables.ts';
import type { NamedTally } from './tally.ts';

type IntoPostgresDeps = {
  clock: Clock;
  /** The database's URL. */
  url: string;
  from: { db: DatabaseSync; outputs: OutputSource };
  /** Throws if output is missing. Called before the commit. */
  checkOutput?: (output: OutputTally) => void;
  progress: Progress;
};

/** The interval between looks at the lease. */
const LOOK_MS = 500;

const UNKNOWN =
  'the database did not answer the last commit: either all was copied or nothing. Run it again: if it then says that the database holds a record already, all was copied';

/**
 * Copies a whole record to an empty PostgreSQL, as its leader, and compares both sides. One transaction holds all of it, output too.
 * Throws one line that says what is wrong: a `CommitUnknown` if the commit was not answered; after any other, nothing was copied.
 */
export async function intoPostgres({ clock, url, from, checkOutput, progress }: IntoPostgresDeps): Promise<Copied> {
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {});
  const holder = newId();
  const database = openSessions({ url, holder, onLost: lost.reject });
  const commit: { state: 'none' | 'asked' | 'done' } = { state: 'none' };
  try {
    const leading = await database.session();
    await layGround(leading);
    const { term, since } = await lead(clock, leading, holder);
    const lease = keepLease({ clock, ask: leading.ask, term, since, url: () => null, onLost: lost.reject });
    const copying = copyAll(term);
    try {
      return await Promise.race([lost.promise, copying]);
    } catch (cause) {
      if (commit.state === 'asked') throw new CommitUnknown(UNKNOWN, { cause });
      if (commit.state === 'none') throw cause;
      return await copying;
    } finally {
      lease.close();
      // Without this the lease would expire later.
      await releaseLead(leading.ask, term).catch(() => {});
    }
  } finally {
    database.cut();
  }

  async function copyAll(term: number): Promise<Copied> {
    await openStore({ database, term, onLost: lost.reject });
    const session = await database.session();
    const tables = await tablesOf(from.db, session);
    await session.run('BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0');
    await refuseUnlessEmpty(session, tables);
    // A failed move by an earlier version may have left output, and each start of a coordinator a span of marks.
    await session.run('TRUNCATE output, mark_spans');
    const tallies: NamedTally[] = [];
    for (const table of tables) {
      const tally = await copyIn({ sqlite: from.db, postgres: session, table, progress });
      tallies.push(tally);
      progress.say(sameLine(tally));
    }
    const output = await copyOutputs(from.outputs, createPostgresOutput(session), commandsIn(from.db), progress);
    checkOutput?.(output);
    // If the lead was lost, another leader has started on an empty database.
    const held = await session.ask({ sql: 'SELECT 1 FROM lead WHERE term = $term FOR SHARE', bound: { term } });
    if (held.length === 0) throw new Error('another coordinator has taken the lead of that database');
    commit.state = 'asked';
    await session.run('COMMIT').catch((cause) => {
      if (stateOf(cause) !== null) commit.state = 'none';
      throw cause;
    });
    commit.state = 'done';
    return { tables: tallies, output };
  }
}

/** Takes the lead. Waits for the lease of a holder without sessions, such as a move that was killed. */
async function lead(clock: Clock, { ask }: Session, holder: string): Promise<{ term: number; since: number }> {
  const until = clock.monotonic() + LEASE_MS + LOOK_MS;
  for (;;) {
    const lease = await readLease(ask, holder);
    const since = clock.monotonic();
    const term = lease.free ? await takeLead(ask, { holder, url: null }, lease) : null;
    if (term !== null) return { term, since };
    if (clock.monotonic() > until || (await hasSessions(ask, lease.holder)))
      throw new Error('a coordinator leads on that database: stop it first');
    await sleep(clock, LOOK_MS);
  }
}

async function refuseUnlessEmpty(session: Session, tables: readonly Table[]): Promise<void> {
  for (const { name } of tables.filter((table) => table.name !== 'mark_spans')) {
    const { rows } = await session.query({ sql: `SELECT 1 FROM ${name} LIMIT 1` });
    if (rows.length > 0) throw new Error(`that database holds a record already (${name}): give an empty one`);
  }
}
