import type { Session } from './database.ts';
import { GROUND, MIGRATIONS } from './migrations.ts';

/** A lock's key: two coordinators that start together must not both create a table. */
const GROUND_LOCK = 0x5357_5944;

/** Creates the lease's table, which every coordinator needs before it can lead. */
export async function layGround(session: Session): Promise<void> {
  const [{ server_encoding: encoding }, { server_version_num: version }] = [
    (await session.query({ sql: 'SHOW server_encoding' })).rows[0],
    (await session.query({ sql: 'SHOW server_version_num' })).rows[0],
  ];
  if (encoding !== 'UTF8') throw new Error(`the database must be encoded as UTF8, not ${encoding}`);
  if (Number(version) < 150_000) throw new Error(`PostgreSQL 15 or newer is needed, not ${version}`);
  // Looks first, without waiting for locks: a commit that waits for a replica may hold the lease's row.
  const { rows } = await session.query({
    sql: "SELECT to_regclass('lead') IS NOT NULL AND to_regclass('schema_steps') IS NOT NULL AS is_laid",
  });
  if (rows[0]?.is_laid) return;
  await inTransaction(session, async () => {
    await session.query({ sql: 'SELECT pg_advisory_xact_lock($lock)', bound: { lock: GROUND_LOCK } });
    await session.run(GROUND);
  });
}

/** Brings the schema up to date as this term's leader, or not at all. True if the database was empty. */
export async function migrate(
  session: Session,
  term: number,
  migrations: readonly string[] = MIGRATIONS,
): Promise<boolean> {
  return await inTransaction(session, async () => {
    const { rows } = await session.query({ sql: 'SELECT taken FROM schema_steps' });
    const taken = Number(rows[0]?.taken ?? 0);
    for (const sql of migrations.slice(taken)) await session.run(sql);
    if (taken < migrations.length)
      await session.query({ sql: 'UPDATE schema_steps SET taken = $all', bound: { all: migrations.length } });
    // This comes last, because the lock holds up the lease's renewal.
    const { rows: held } = await session.query({
      sql: 'SELECT 1 FROM lead WHERE term = $term FOR SHARE',
      bound: { term },
    });
    if (held.length === 0) throw new Error('another coordinator leads');
    return taken === 0;
  });
}

async function inTransaction<Result>(session: Session, work: () => Promise<Result>): Promise<Result> {
  await session.query({ sql: 'BEGIN' });
  try {
    const result = await work();
    await session.query({ sql: 'COMMIT' });
    return result;
  } catch (error) {
    await session.query({ sql: 'ROLLBACK' }).catch(() => {});
    throw error;
  }
}
