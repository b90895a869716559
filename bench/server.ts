import { join, resolve } from 'node:path';
import { type Child, startChild } from './child.ts';

/** Both sides of most budgets, the installed coordinator and a bare `ws` server, and the agents that connect to them. */

const ROOT = resolve(import.meta.dirname, '..');
const PROBED = ['--expose-gc', '--import', join(import.meta.dirname, 'probe.ts')];

/** As in systemd/switchyard-coordinator.service, and for the floor too, so that only the program differs. */
const FLAGS = [...PROBED, '--initial-old-space-size=64'];

/** The bundle in `dist/`. `config`: path of its CONFIG. */
export const startCoordinator = (dataDir: string, { config }: { config?: string } = {}): Promise<Child> =>
  startChild({
    argv: [...FLAGS, join(ROOT, 'dist', 'coordinator.js')],
    env: {
      SWITCHYARD_LISTEN: '127.0.0.1:0',
      SWITCHYARD_DATA_DIR: dataDir,
      ...(config === undefined ? {} : { SWITCHYARD_CONFIG: config }),
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
export async function startAgents(server: Child, options: SimulatorOptions): Promise<Child> {
  const { tokensFile, agents, heartbeatMs, runMs = null } = options;
  const simulator = await startChild({
    argv: [
      join(import.meta.dirname, 'simulator.ts'),
      ...['--url', server.address, '--tokens', tokensFile, '--heartbeat-ms', String(heartbeatMs)],
      ...['--run-ms', runMs === null ? 'never' : String(runMs)],
      ...(agents === undefined ? [] : ['--agents', String(agents)]),
    ],
    listens: false,
  });
  await simulator.ask('connected');
  return simulator;
}
