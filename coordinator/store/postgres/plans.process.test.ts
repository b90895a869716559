import { Client } from 'pg';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LAST_ENDED, LATEST_PER_HOST } from './commands.ts';
import { leadOn } from './fixtures/lead.ts';
import { postgresTest } from './fixtures/postgres-test.ts';
import { startPostgres } from './fixtures/server.ts';
import { queryOf } from './sql.ts';

/** Plans on a fleet of which a single host has commands. PostgreSQL then takes that host's id for the only one. */

postgresTest('what is asked for each host of a fleet reads no commands of other hosts', async () => {
  const server = await startPostgres();
  const url = await server.url('plans');
  const store = await leadOn(url);
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`INSERT INTO hosts (id, name, tags, token_hash, created_at)
      SELECT 'host' || n, 'host' || n, '[]', 'hash' || n, 0 FROM generate_series(1, 1000) AS n`);
    await client.query(`INSERT INTO commands (id, host_id, op, status, takes_slot, open, dispatch_id, created_at, sent_at, ended_at, unsettled, record)
      SELECT 'command' || lpad(n::text, 6, '0'), 'host1', 'pull', 'SUCCESS', 1, 0, 'dispatch', 0, 0, 1, 0, '{}' FROM generate_series(1, 2000) AS n`);
    await client.query('ANALYZE hosts; ANALYZE commands');
    const bound = { hosts: ['host2', 'host3'], ops: ['pull', 'pull'], after: '' };
    for (const [sql, index] of [
      [LAST_ENDED, 'commands_by_host_op'],
      [LATEST_PER_HOST, 'commands_by_host'],
    ] as const) {
      const { text, values } = queryOf({ sql, bound });
      const { rows } = await client.query({ text: `EXPLAIN ${text}`, values });
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      assert.match(plan, new RegExp(`Scan Backward using ${index} on commands`), plan);
      assert.not.match(plan, /Backward using commands_pkey/);
    }
  } finally {
    await client.end();
    await store.close();
    await server.end();
  }
});

test.run();
