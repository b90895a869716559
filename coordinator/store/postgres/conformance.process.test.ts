import { test } from 'uvu';
import { conformanceTests } from '../fixtures/conformance.ts';
import type { Subject } from '../fixtures/subject.ts';
import type { Store } from '../port.ts';
import { leadOn } from './fixtures/lead.ts';
import { postgresTest } from './fixtures/postgres-test.ts';
import { type PostgresServer, startPostgres } from './fixtures/server.ts';

let server: PostgresServer | null = null;
test.after(() => server?.end());

let databases = 0;

function subject(): Subject {
  databases += 1;
  const name = `conformance_${databases}`;
  let store: Store | null = null;
  const open = async () => {
    server ??= await startPostgres();
    store = await leadOn(await server.url(name));
    return store;
  };
  return { open, reopen: open, end: async () => void (await store?.close()) };
}

conformanceTests('PostgreSQL', subject, postgresTest);

test.run();
