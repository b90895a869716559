import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { builtPrograms } from '../../scripts/built-programs.ts';
import type { CommandView } from '../../shared/api/resources.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { isActive, type Status } from '../../shared/model/command.ts';
import type { DispatchRequest } from '../../shared/model/dispatch.ts';
import { type Api, createApi } from './api.ts';
import { waitUntilGone } from './census.ts';
import { type Coordinator, startCoordinator } from './coordinator.ts';
import { clearFolder, makeFolder } from './folder.ts';
import { type HostOptions, startHost, type TestHost } from './host.ts';
import { COMPILED, readLog } from './program.ts';
import { asOne, startProxy, type TestProxy } from './proxy.ts';
import { SHARED_TOKEN, type SharedDatabase, startShared } from './shared-database.ts';

/** A whole Switchyard in a temporary folder: real processes, real sockets, nothing shared with another test. */
export type System = {
  readonly dir: string;
  readonly coordinator: Coordinator;
  readonly api: Api;
  /** Several coordinators on one PostgreSQL, of which `coordinator` is the first; null for one on SQLite. */
  readonly shared: SharedDatabase | null;
  /** Registers a host and starts its agent; resolves once it is online, unless `starts` is false or its token is wrong. */
  addHost(name: string, more?: Partial<HostOptions>): Promise<TestHost>;
  /** A proxy in front of the coordinator, or one in front of each, which ends with the system. */
  addProxy(): Promise<TestProxy>;
  /** The id of the one command that was accepted or queued; rejects without one. */
  dispatch(op: string, host: string, more?: Partial<DispatchRequest>): Promise<string>;
  /** The command once it is as wanted, by default once it has ended and its output is here. */
  command(id: string, isWanted?: (command: CommandView) => boolean): Promise<CommandView>;
  /** `dispatch`, then wait for the end. */
  run(op: string, host: string, more?: Partial<DispatchRequest>): Promise<CommandView>;
  /** The ends of all logs. */
  logs(): string;
  /** Ends everything. Rejects if a process is left that nobody would have ended. */
  close(): Promise<void>;
};

/** `SWITCHYARD_TEST_STORE=postgres` runs any suite on PostgreSQL. */
export const ON_POSTGRES = process.env.SWITCHYARD_TEST_STORE === 'postgres';

export type SystemOptions = {
  /** Text of CONFIG. */
  config?: string;
  /** Further settings of the coordinator's start. */
  coordinatorEnv?: Readonly<Record<string, string>>;
  /** Called with the folder before anything is started in it. */
  prepare?: (dir: string) => void;
  listensWithinMs?: number;
  /** The coordinator's main file; the bundle of this checkout if absent. */
  program?: string;
  /** This many on one PostgreSQL, in place of one on SQLite. */
  coordinators?: number;
};

export async function startSystem({
  config,
  coordinatorEnv,
  prepare,
  coordinators = ON_POSTGRES ? 1 : undefined,
  ...more
}: SystemOptions = {}): Promise<System> {
  const dir = makeFolder('switchyard-system-');
  const env = baseEnv(dir);
  const bundle = join(dir, 'agent.js');
  const hosts: TestHost[] = [];
  const proxies: TestProxy[] = [];

  async function begin(): Promise<Coordinator> {
    prepare?.(dir);
    symlinkSync((await builtPrograms()).agent, bundle);
    if (coordinators !== undefined) {
      const settings = { count: coordinators, dir, env: { ...env, ...coordinatorEnv } };
      shared = await startShared({ ...settings, ...(config === undefined ? {} : { config }) });
      const [first] = shared.members;
      if (!first) throw new Error('at least one coordinator is needed');
      return first.coordinator;
    }
    return await startCoordinator({
      ...more,
      dir,
      env: { ...env, ...coordinatorEnv },
      ...(config === undefined ? {} : { config }),
    });
  }

  let shared: SharedDatabase | null = null;
  const coordinator = await begin().catch(async (error) => {
    await clearFolder(dir);
    throw error;
  });
  const members = shared === null ? [coordinator] : (shared as SharedDatabase).members.map((one) => one.coordinator);
  const addresses = members.map(({ address }) => address);
  const [address = '', ...others] = addresses;
  const api = shared === null ? coordinator.api : createApi({ address, others, token: SHARED_TOKEN });

  const system: System = {
    dir,
    coordinator,
    api,
    shared,
    async addHost(name, more = {}) {
      const host = await startHost({
        name,
        dir: join(dir, name),
        api,
        address: addresses.join(','),
        program: bundle,
        ...more,
        env: { ...(more.program === undefined && COMPILED), ...env, ...more.env },
      });
      hosts.push(host);
      if ((more.starts ?? true) && more.token === undefined) await host.online();
      return host;
    },
    async addProxy() {
      const each = await Promise.all(addresses.map(startProxy));
      const proxy = asOne(each);
      proxies.push(proxy);
      return proxy;
    },
    async dispatch(op, host, more = {}) {
      const { status, answer } = await api.dispatch({ op, hosts: [host], ...more });
      const [result] = answer.results ?? [];
      if (status === 202 && result) return result.commandId;
      throw new Error(`${op} on ${host}: ${status} ${JSON.stringify(answer)}`);
    },
    async command(id, isWanted = hasEnded) {
      try {
        return await waitFor(`command ${id}`, () => api.command(id), isWanted);
      } catch (error) {
        console.log(system.logs());
        throw error;
      }
    },
    run: async (op, host, more) => system.command(await system.dispatch(op, host, more)),
    logs() {
      const files = [...members.map((one) => one.logFile), ...hosts.map(({ logFile }) => logFile)];
      const agents = hosts.map(({ name, agent }) => `agent of ${name}: ${agentState(agent)}`);
      return [...files.map((file) => `${file}:\n${readLog(file).slice(-4_000)}`), ...agents].join('\n');
    },
    async close() {
      try {
        await Promise.all(hosts.map(({ agent }) => agent.stop()));
        await (shared === null ? coordinator.stop() : shared.close());
        await Promise.all(proxies.map((proxy) => proxy.close()));
        await waitUntilGone(dir);
      } finally {
        await clearFolder(dir);
        for (const host of hosts) host.tidy();
      }
    },
  };
  return system;
}

/** Its pid with the state that the kernel has for it, and how its earlier runs ended. */
function agentState({ pid, exits }: TestHost['agent']): string {
  const stat = pid() === null ? '' : readLog(`/proc/${pid()}/stat`);
  return `pid ${pid()} ${stat.slice(stat.lastIndexOf(')') + 2).charAt(0)}, earlier ${JSON.stringify(exits)}`;
}

/** The end may come before the last of the output; for a lost command none may come. */
const hasEnded = ({ status, output }: CommandView): boolean =>
  !isActive(status) && (!TOLD_BY_HOST.has(status) || output.truncated || output.bytes === output.total);

const TOLD_BY_HOST: ReadonlySet<Status> = new Set(['SUCCESS', 'PARTIAL', 'ERROR', 'KILLED']);

/** The environment of every program of a test: from this process's own only the necessary. */
export function baseEnv(dir: string): Record<string, string> {
  const [home, tmp] = [join(dir, 'home'), join(dir, 'tmp')];
  for (const folder of [home, tmp]) mkdirSync(folder, { recursive: true });
  return { PATH: process.env.PATH ?? '', HOME: home, TMPDIR: tmp, GIT_CONFIG_GLOBAL: '/dev/null' };
}

/** Body of a test with its own system. If it fails, the logs say more than its error. */
export const withSystem =
  (body: (system: System) => Promise<void>, options: SystemOptions = {}) =>
  async (): Promise<void> => {
    const system = await startSystem(options);
    try {
      await body(system);
    } catch (error) {
      console.log(system.logs());
      await system.close().catch(() => {});
      throw error;
    }
    await system.close();
  };
