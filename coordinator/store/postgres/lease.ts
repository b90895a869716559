import { type Ask, sessionName } from './database.ts';
import { MIGRATIONS } from './migrations.ts';
import type { Asked } from './sql.ts';

/** Who leads, by the database's clock. */
export type Lease = {
  term: number;
  holder: string;
  url: string | null;
  /** Its time is over; or its holder is this coordinator before it was started again, whose sessions are gone. */
  free: boolean;
  /** Steps that the schema has taken. */
  steps: number;
};

/** How long a lead lasts without being renewed. */
export const LEASE_MS = 10_000;

type Me = { holder: string; url: string | null };

const EXPIRY = `clock_timestamp() + interval '${LEASE_MS} milliseconds'`;

const FREE = `(expires_at < clock_timestamp() OR (holder = $me AND NOT EXISTS (
  SELECT 1 FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = $sessions AND pid <> pg_backend_pid())))`;

/** `holder`: this coordinator's. Rejects where a newer version has led. */
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
 * Takes a lease that is free, and ends the sessions of its holder first: one that waits for a lock or for a standby may
 * hold the lease's row. The new term; null if another coordinator was faster.
 */
export async function takeLead(ask: Ask, { holder, url }: Me, seen: Lease): Promise<number | null> {
  if (seen.holder !== holder) await ask(endSessions(seen.holder));
  const [taken] = await ask<{ term: number }>({
    sql: `UPDATE lead SET term = term + 1, holder = $holder, url = $url, expires_at = ${EXPIRY}
      WHERE term = $seen AND ${FREE} RETURNING term`,
    bound: { holder, url, seen: seen.term, me: holder, sessions: sessionName(holder) },
  });
  return taken?.term ?? null;
}

const endSessions = (holder: string): Asked => ({
  sql: `SELECT pg_terminate_backend(pid, 200) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND application_name = $name`,
  bound: { name: sessionName(holder) },
});

/** False if another coordinator has taken it. */
export async function renewLead(ask: Ask, term: number, url: string | null): Promise<boolean> {
  const renewed = await ask({
    sql: `UPDATE lead SET expires_at = ${EXPIRY}, url = $url WHERE term = $term RETURNING term`,
    bound: { term, url },
  });
  return renewed.length === 1;
}

/** Whether each commit is on another machine too before it is acknowledged. */
export async function isReplicated(ask: Ask): Promise<boolean> {
  const [row] = await ask<{ names: string; level: string }>({
    sql: "SELECT current_setting('synchronous_standby_names') AS names, current_setting('synchronous_commit') AS level",
  });
  return row !== undefined && row.names !== '' && row.level !== 'off' && row.level !== 'local';
}

/** At an orderly end, so that another leads at once. */
export async function releaseLead(ask: Ask, term: number): Promise<void> {
  await ask({ sql: "UPDATE lead SET expires_at = '-infinity' WHERE term = $term", bound: { term } });
}
