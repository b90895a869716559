import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '../../coordinator/store/postgres/fixtures/server.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { type Coordinator, startCoordinator } from './coordinator.ts';
import { startWire, type Wire } from './wire.ts';

/** Several coordinators on one PostgreSQL, each with its own way to it. */
export type SharedDatabase = {
  readonly server: PostgresServer;
  readonly members: readonly { coordinator: Coordinator; wire: Wire }[];
  /** The one that leads now; null if none does. */
  leader(): Promise<{ coordinator: Coordinator; wire: Wire } | null>;
  /** An asynchronous replica, which ends with the system. */
  addReplica(): Promise<Replica>;
  close(): Promise<void>;
};

/** A second PostgreSQL that follows the first one. */
export type Replica = {
  /** Cuts the replication stream once it holds everything that is committed now. */
  cut(): Promise<void>;
  /** Kills the first server and promotes this one as it is. The database's name then leads to it. */
  promote(): Promise<void>;
};

export const SHARED_TOKEN = 'the-admin-token-of-all-coordinators';

export async function startShared({
  count,
  dir,
  env,
  config,
}: {
  count: number;
  dir: string;
  env: Readonly<Record<string, string>>;
  config?: string;
}): Promise<SharedDatabase> {
  const server = await startPostgres({ port: await freePort() });
  const members: { coordinator: Coordinator; wire: Wire }[] = [];
  await server.url('switchyard');
  for (let number = 1; number <= count; number += 1) {
    const wire = await startWire(server.port);
    const coordinator = await startCoordinator({
      dir: join(dir, `coordinator-${number}`),
      token: SHARED_TOKEN,
      ...(config === undefined ? {} : { config }),
      env: {
        ...env,
        SWITCHYARD_ADMIN_TOKEN: SHARED_TOKEN,
        SWITCHYARD_STORE: server.urlThrough(wire.port, 'switchyard'),
      },
    });
    members.push({ coordinator, wire });
  }
  const ends: (() => Promise<void>)[] = [server.end];
  return {
    server,
    members,
    async addReplica() {
      const stream = await startWire(server.port);
      ends.push(stream.close);
      const replica = await startPostgres({ port: await freePort(), replicaOf: stream.port });
      ends.push(replica.end);
      return {
        async cut() {
          const [now] = await server.query<{ at: string }>('SELECT pg_current_wal_lsn() AS at');
          await waitFor('a replica that has everything', async () => {
            const sql = `SELECT 1 WHERE pg_last_wal_replay_lsn() >= '${now?.at}'`;
            return (await replica.query(sql)).length === 1;
          });
          stream.down();
        },
        async promote() {
          await server.kill();
          await replica.query('SELECT pg_promote()');
          for (const { wire } of members) wire.leadTo(replica.port);
        },
      };
    },
    async leader() {
      for (const member of members) if (await isReady(member.coordinator.address)) return member;
      return null;
    },
    async close() {
      for (const { coordinator } of members) await coordinator.stop();
      for (const { wire } of members) await wire.close();
      for (const end of ends) await end();
    },
  };
}

async function isReady(address: string): Promise<boolean> {
  const answer = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(1_000) }).catch(() => null);
  return answer?.ok ?? false;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
