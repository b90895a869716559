import { Client, type ClientConfig, type QueryResult, types } from 'pg';
import { SwitchyardError } from '../../../shared/api/errors.ts';
import { stateOf } from './commit.ts';
import { createReaders } from './readers.ts';
import { type Asked, queryOf, rowsOf } from './sql.ts';

/** Asks for rows, with columns named as in TypeScript. */
export type Ask = <Row>(asked: Asked) => Promise<Row[]>;

/**
 * One coordinator's sessions with PostgreSQL.
 * B1 Every session is named after its coordinator, so that the next leader can end them all.
 * B2 A lost session is reported once and ends them all, because the fate of its last request is unknown.
 */
export type Database = {
  /** Reads in any session, as soon as one is free. Rejects with `storage_unavailable` if the database is away. */
  ask: Ask;
  /** Opens a separate session. Its queries run in the order of their calls. */
  session(): Promise<Session>;
  /** Cuts every session. Queries under way reject. */
  cut(): void;
  isCut(): boolean;
};

export type Session = {
  query(asked: Asked): Promise<QueryResult>;
  ask: Ask;
  /** Several statements without parameters. */
  run(sql: string): Promise<void>;
};

export type DatabaseDeps = {
  url: string;
  /** The coordinator's id. */
  holder: string;
  /** A session was lost. */
  onLost: (cause: Error) => void;
};

/** Sessions for reads. */
const READERS = 4;
const CONNECT_MS = 5_000;
/** Network silence before a keepalive asks whether the other side is there. */
const KEEPALIVE_MS = 5_000;
const INT8 = 20;
/**
 * Takes back what the operator's database may set for every session: limits that would end the lead where a session is idle or a batch
 * large (the lease has limits of its own), and an isolation that refuses commits beside each other.
 */
const SETTINGS = `SELECT set_config(name, CASE name WHEN 'default_transaction_isolation' THEN 'read committed' ELSE '0' END, false)
  FROM pg_settings WHERE name IN
    ('idle_session_timeout', 'idle_in_transaction_session_timeout', 'statement_timeout', 'lock_timeout', 'transaction_timeout',
     'default_transaction_isolation')`;

/** The coordinator's session name in `pg_stat_activity`. */
export const sessionName = (holder: string): string => `switchyard ${holder}`;

export function configOf({ url, holder }: Pick<DatabaseDeps, 'url' | 'holder'>): ClientConfig {
  return {
    connectionString: url,
    application_name: sessionName(holder),
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_MS,
    types: {
      // Times and counts fit into a double.
      getTypeParser: (oid, format) => (oid === INT8 ? Number : types.getTypeParser(oid, format as 'text')),
    },
  };
}

export function openSessions({ url, holder, onLost }: DatabaseDeps): Database {
  const config = configOf({ url, holder });
  const clients = new Set<Client>();
  let isCut = false;

  function lost(cause: Error): void {
    if (isCut) return;
    cut();
    onLost(cause);
  }

  const watch = (client: Client): void => {
    clients.add(client);
    client.on('error', lost);
    client.on('end', () => {
      clients.delete(client);
      lost(new Error('the database ended a session'));
    });
  };

  const readers = createReaders(READERS, async () => {
    const client = new Client(config);
    client.on('error', () => {});
    clients.add(client);
    try {
      await begin(client);
    } catch (cause) {
      clients.delete(client);
      destroy(client);
      throw cause;
    }
    watch(client);
    return client;
  });

  function cut(): void {
    isCut = true;
    for (const client of clients) destroy(client);
    readers.close(new Error('the sessions were cut'));
  }

  return {
    async ask<Row>(asked: Asked) {
      return await readers.use(async (client) => rowsOf<Row>(await client.query(queryOf(asked)))).catch(away);
    },
    async session() {
      const client = new Client(config);
      watch(client);
      await begin(client);
      return {
        query: (asked) => client.query(queryOf(asked)),
        ask: async <Row>(asked: Asked) => rowsOf<Row>(await client.query(queryOf(asked))),
        run: async (sql) => void (await client.query(sql)),
      };
    },
    cut,
    isCut: () => isCut,
  };
}

async function begin(client: Client): Promise<void> {
  await client.connect();
  await client.query(SETTINGS);
}

/** Passes a refusal by the database on; any other error means that the database is away. */
function away(cause: unknown): never {
  if (stateOf(cause) !== null) throw cause;
  throw new SwitchyardError('storage_unavailable', 'The database is away. Try again.', { cause });
}

/** `end` would wait for an answer that may never come. */
const destroy = (client: Client): void => (client as unknown as Socketed).connection.stream.destroy();

type Socketed = { connection: { stream: { destroy(): void } } };
