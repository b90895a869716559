import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startPostgres } from '../coordinator/store/postgres/fixtures/server.ts';
import { freePort } from '../tests/harness/shared-database.ts';
import { type Api, createApi } from './api.ts';
import type { Child } from './child.ts';
import type { Bench } from './program.ts';
import { seedHosts } from './seed.ts';
import { COORDINATOR, startCoordinator } from './server.ts';

export const STORES = ['SQLite', 'PostgreSQL'] as const;
export type StoreName = (typeof STORES)[number];

/** A coordinator with many hosts, and the one that takes its place after a kill. */
export type Scene = {
  readonly tokens: readonly string[];
  readonly adminToken: string;
  /** Where coordinators listen: one for SQLite, two that share PostgreSQL. */
  readonly addresses: readonly string[];
  /** A port for each of these, where agents come through a tunnel; empty where each has a socket. */
  readonly tunnels: readonly number[];
  readonly dir: string;
  /** The coordinator that leads. */
  leader(): Child;
  /** Its API. */
  api(): Api;
  /** Kills the leader (SIGKILL). Resolves once its successor is ready: the same one started again (SQLite), or the other (PostgreSQL). */
  replace(): Promise<void>;
};

/** Files that a coordinator has open beside its connections. */
const OTHER_FILES = 500;

const CONFIG = '[limits]\nhosts = 1000000\n';
const READY_WITHIN_MS = 120_000;
const LOOK_MS = 50;

/** The number of agents whose sockets a process may hold, by its limit on open files. */
export const mostSockets = (): number =>
  Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' })) - OTHER_FILES;

/** `tunnelled`: the agents come through a tunnel. */
export async function startScene(bench: Bench, store: StoreName, hosts: number, tunnelled: boolean): Promise<Scene> {
  const dir = await mkdtemp(join(bench.dir, `${store}-${hosts}-`));
  const { dataDir, tokensFile, adminToken } = await seedHosts(dir, hosts);
  bench.onEnd(() => rm(dir, { recursive: true, force: true }));
  const tokens = (await readFile(tokensFile, 'utf8')).split('\n').filter(Boolean);
  const config = join(dir, 'config.toml');
  await writeFile(config, CONFIG);
  const database = store === 'SQLite' ? null : await movedTo(bench, dataDir);
  const ports = [await freePort(), ...(database === null ? [] : [await freePort()])];
  const addresses = ports.map((port) => `http://127.0.0.1:${port}`);
  const tunnels = tunnelled ? await Promise.all(ports.map(freePort)) : [];

  /** All addresses of this machine, because the agents come from several. */
  async function start(place: number): Promise<Child> {
    const shared = { SWITCHYARD_STORE: database ?? '', SWITCHYARD_ADMIN_TOKEN: adminToken };
    const child = await startCoordinator(database === null ? dataDir : join(dir, `coordinator-${place}`), {
      config,
      listen: `127.0.0.1:${ports[place]}`,
      tunnel: tunnels[place],
      profiles: Boolean(bench.options.profiles),
      env: database === null ? {} : { ...shared, SWITCHYARD_ADVERTISE: addresses[place] ?? '' },
    });
    bench.onEnd(() => child.end());
    return child;
  }

  const members: Child[] = [];
  for (const place of ports.keys()) members.push(await start(place));
  let place = 0;
  const leader = (): Child => members[place] as Child;
  return {
    tokens,
    adminToken,
    addresses,
    tunnels,
    dir,
    leader,
    api: () => createApi({ address: addresses[place] ?? '', adminToken }),
    async replace() {
      await leader().end();
      if (database === null) members[place] = await start(place);
      else place = 1 - place;
      await ready(addresses[place] ?? '');
    },
  };
}

/** Copies the record to PostgreSQL on a server of its own. Resolves to the URL. */
async function movedTo(bench: Bench, dataDir: string): Promise<string> {
  const port = await freePort();
  const server = await startPostgres({ safe: true, port });
  bench.onEnd(() => server.end());
  await server.url('switchyard');
  // Over TCP, as from another machine. A socket in a folder takes 200 kB in each turn of the event loop.
  const url = server.urlThrough(port, 'switchyard');
  await promisify(execFile)(process.execPath, [COORDINATOR, 'migrate', '--to', url, '--data-dir', dataDir]);
  return url;
}

async function ready(address: string): Promise<void> {
  const givenUpAt = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const answer = await fetch(`${address}/readyz`).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    if (Date.now() > givenUpAt) throw new Error(`nobody leads at ${address}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
