import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { startPostgres } from '../../coordinator/store/postgres/fixtures/server.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { type Coordinator, startCoordinator } from '../harness/coordinator.ts';
import { clearFolder, makeFolder } from '../harness/folder.ts';
import { readLog } from '../harness/program.ts';
import { freePort } from '../harness/shared-database.ts';
import { createAuthority } from './fixtures/certificates.ts';

/** TLS between coordinator and database: `sslmode=verify-full` checks the authority and the name. */

const tlsTest = testUnless([toolMissing('openssl'), toolMissing('pg_ctlcluster')]);
const TOKEN = 'the-admin-token-of-all-coordinators';

tlsTest(
  'the machine’s authorities, or those of a file, verify the database’s certificate, but not under another name',
  async () => {
    const dir = makeFolder('switchyard-database-');
    const authority = createAuthority(dir);
    const server = await startPostgres({ port: await freePort(), certificate: authority.issue('localhost') });
    const started: Coordinator[] = [];
    const start = async (name: string, host: string, more: string, env = {}) => {
      const coordinator = await startCoordinator({
        dir: join(dir, name),
        token: TOKEN,
        env: {
          PATH: process.env.PATH ?? '',
          SWITCHYARD_ADMIN_TOKEN: TOKEN,
          ...env,
          SWITCHYARD_STORE: `postgres://switchyard@${host}:${server.port}/secure?sslmode=verify-full${more}`,
        },
      });
      started.push(coordinator);
      const answer = await fetch(`${coordinator.address}/readyz`);
      const { code } = (await answer.json()) as { code?: string };
      return [answer.status, code, coordinator.logFile] as const;
    };
    const says = (log: string, words: RegExp) => waitFor(`${words}`, () => words.test(readLog(log)));
    try {
      await server.url('secure');
      const machine = { SSL_CERT_FILE: authority.file };
      const trusted = await start('trusted', 'localhost', '', machine);
      assert.equal(trusted.slice(0, 2), [200, undefined], readLog(trusted[2]));
      assert.equal((await start('file', 'localhost', `&sslrootcert=${authority.file}`)).slice(0, 2), [503, 'standby']);
      const unknown = await start('unknown', 'localhost', '');
      assert.equal(unknown.slice(0, 2), [503, 'storage_unavailable']);
      await says(unknown[2], /the database is away: the certificate of localhost:\d+ .*sslrootcert/);
      const other = await start('other', '127.0.0.1', '', machine);
      assert.equal(other.slice(0, 2), [503, 'storage_unavailable']);
      await says(other[2], /the database is away: the certificate of 127\.0\.0\.1:\d+ is for another name/);
      await says(trusted[2], /a new database was made/);
      const [made = ''] = readLog(trusted[2]).match(/.*a new database was made.*/) ?? [];
      assert.not.match(made, '"path"', 'DATA_DIR is not where it is');
    } finally {
      for (const coordinator of started) await coordinator.stop();
      await server.end();
      await clearFolder(dir);
    }
  },
);

test.run();
