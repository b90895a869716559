import { type Ask, sessionName } from './database.ts';
import { MIGRATIONS } from './migrations.ts';
import type { Asked } from './sql.ts';

/** The lease, by the database's clock. */
export type Lease = {
  term: number;
  holder: string;
  url: string | null;
  /** The lease has expired; or its holder is this coordinator before a restart, whose sessions are gone. */
  free: boolean;
  /** The number of the schema's steps taken. */
  steps: number;
};

/** How long a lead lasts without renewal. */
export const LEASE_MS = 10_000;

type Me = { holder: string; url: string | null };

const EXPIRY = `clock_timestamp() + interval '${LEASE_MS} milliseconds'`;

const FREE = `(expires_at < clock_timestamp() OR (holder = $me AND NOT EXISTS (
  SELECT 1 FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = $sessions AND pid <> pg_backend_pid())))`;

/** `holder`: this coordinator's id. Rejects if a newer version has led. */
export async function readLease(ask: Ask, holder: string): Promise<Lease> {
  const [lease] = await ask<Lease>({
    sql: `SELECT term, holder, url, ${FREE} AS free, (SELECT taken FROM schema_steps) AS steps FROM lead`,
    bound: { me: holder, sessions: sessionName(holder) },
  });
  if (!lease) throw new Error('the database has no row in its table lead');
  if (lease.steps > MIGRATIONS.length)
    throw new Error(`a newer Switchyard wrote it (schema ${lease.steps}, this one knows ${MIGRATIONS.length})`);
  return lease;
}

/**
 * Takes a free lease. First ends its holder's sessions and this coordinator's earlier ones: one that waits for a lock or a replica may
 * hold the lease's row, also after its coordinator gave it up. Returns the new term; null if another coordinator was faster.
 */
export async function takeLead(ask: Ask, { holder, url }: Me, seen: Lease): Promise<number | null> {
  await ask(endSessions([seen.holder, holder]));
  const [taken] = await ask<{ term: number }>({
    sql: `UPDATE lead SET term = term + 1, holder = $holder, url = $url, expires_at = ${EXPIRY}
      WHERE term = $seen AND ${FREE} RETURNING term`,
    bound: { holder, url, seen: seen.term, me: holder, sessions: sessionName(holder) },
  });
  return taken?.term ?? null;
}

/** Whether a coordinator is connected. */
export async function hasSessions(ask: Ask, holder: string): Promise<boolean> {
  const sessions = await ask({
    sql: 'SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = $name LIMIT 1',
    bound: { name: sessionName(holder) },
  });
  return sessions.length > 0;
}

const endSessions = (holders: readonly string[]): Asked => ({
  sql: `SELECT pg_terminate_backend(pid, 200) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND application_name = ANY($names::text[])
      AND pid <> pg_backend_pid()`,
  bound: { names: holders.map(sessionName) },
});

/** False if another coordinator has taken it. */
export async function renewLead(ask: Ask, term: number, url: string | null): Promise<boolean> {
  const renewed = await ask({
    sql: `UPDATE lead SET expires_at = ${EXPIRY}, url = $url WHERE term = $term RETURNING term`,
    bound: { term, url },
  });
  return renewed.length === 1;
}

/** Whether each commit reaches another machine before it is acknowledged. */
export async function isReplicated(ask: Ask): Promise<boolean> {
  const [row] = await ask<{ names: string; level: string }>({
    sql: "SELECT current_setting('synchronous_standby_names') AS names, current_setting('synchronous_commit') AS level",
  });
  return row !== undefined && row.names !== '' && row.level !== 'off' && row.level !== 'local';
}

/** The database's wall clock, in milliseconds since the Unix epoch. */
export async function readClock(ask: Ask): Promise<number> {
  const [row] = await ask<{ at: number }>({
    sql: 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS at',
  });
  return row?.at ?? 0;
}

/** Frees the lease at an orderly end, so that another coordinator leads at once. */
export async function releaseLead(ask: Ask, term: number): Promise<void> {
  await ask({ sql: "UPDATE lead SET expires_at = '-infinity' WHERE term = $term", bound: { term } });
}
