import { Client } from 'pg';
import type { System } from '../harness/system.ts';
import { sharedOf } from './scene.ts';

/** The row of `lead`. */
export type Lease = { term: string; holder: string; url: string | null; expires_at: Date };

export type Ask = <Row>(sql: string, values?: unknown[]) => Promise<Row[]>;

/** Runs with one session on the coordinators' database, past all proxies. */
export async function onDatabase<Result>(system: System, use: (ask: Ask) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: await sharedOf(system).server.url('switchyard') });
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(
      async <Row>(sql: string, values: unknown[] = []) => (await client.query(sql, values)).rows as Row[],
    );
  } finally {
    await client.end();
  }
}

export async function readLease(ask: Ask): Promise<Lease> {
  const [lease] = await ask<Lease>('SELECT * FROM lead');
  if (!lease) throw new Error('the table lead has no row');
  return lease;
}
