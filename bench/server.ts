import { join, resolve } from 'node:path';
import { type Child, startChild } from './child.ts';

/** Both sides of most budgets, the installed coordinator and a bare `ws` server, and the agents that connect to them. */

const ROOT = resolve(import.meta.dirname, '..');
const PROBED = ['--expose-gc', '--import', join(import.meta.dirname, 'probe.ts')];

/** As in systemd/switchyard-coordinator.service, and for the floor too, so that only the program differs. */
const FLAGS = [...PROBED, '--initial-old-space-size=64'];

/** `config`: path of its CONFIG; `env`: further options; `tunnel`: the port at which agents come through a tunnel; `profiles`: it answers `writeProfile`. */
export type CoordinatorOptions = {
  config?: string;
  listen?: string;
  env?: Readonly<Record<string, string>>;
  tunnel?: number | undefined;
  profiles?: boolean;
};

const DOOR = ['--import', join(import.meta.dirname, 'tunnel-door.ts')];

export const COORDINATOR = join(ROOT, 'dist', 'coordinator.js');

/** The bundle in `dist/`. */
export const startCoordinator = (
  dataDir: string,
  { config, listen = '127.0.0.1:0', env = {}, tunnel, profiles = false }: CoordinatorOptions = {},
): Promise<Child> =>
  startChild({
    argv: [...FLAGS, ...(tunnel === undefined ? [] : DOOR), COORDINATOR],
    env: {
      SWITCHYARD_LISTEN: listen,
      SWITCHYARD_DATA_DIR: dataDir,
      ...(config === undefined ? {} : { SWITCHYARD_CONFIG: config }),
      ...(tunnel === undefined ? {} : { BENCH_TUNNEL_PORT: String(tunnel) }),
      ...(profiles ? { BENCH_PROFILES: 'yes' } : {}),
      ...env,
    },
  });

export const startFloor = (dataDir: string): Promise<Child> =>
  startChild({ argv: [...FLAGS, join(import.meta.dirname, 'floor-server.ts'), dataDir] });

export type SimulatorOptions = {
  tokensFile: string;
  /** By default all hosts whose tokens the file holds. */
  agents?: number;
  /** 0: no heartbeats by themselves. */
  heartbeatMs: number;
  /** How long each command takes; null: none ever ends. */
  runMs?: number | null;
};

/** Agents in their own process, connected to `server`. */
export async function startAgents({ address }: Pick<Child, 'address'>, options: SimulatorOptions): Promise<Child> {
  const simulator = await startSimulator([address], options);
  await simulator.ask('connected');
  return simulator;
}

/** The same, still connecting; `from`: the addresses that they connect from; `tunnels`: a port per coordinator, in place of sockets. */
export function startSimulator(
  addresses: readonly string[],
  {
    tokensFile,
    agents,
    heartbeatMs,
    runMs = null,
    from = [],
    tunnels = [],
  }: SimulatorOptions & { from?: readonly string[]; tunnels?: readonly number[] },
): Promise<Child> {
  return startChild({
    argv: [
      join(import.meta.dirname, 'simulator.ts'),
      ...['--url', addresses.join(','), '--tokens', tokensFile, '--heartbeat-ms', String(heartbeatMs)],
      ...['--run-ms', runMs === null ? 'never' : String(runMs)],
      ...(agents === undefined ? [] : ['--agents', String(agents)]),
      ...(from.length === 0 ? [] : ['--from', from.join(',')]),
      ...(tunnels.length === 0 ? [] : ['--tunnel', tunnels.join(',')]),
    ],
    listens: false,
  });
}
