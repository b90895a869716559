import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { waitFor } from '../shared/fixtures/wait-for.ts';
import { endProgram, startProgram } from '../tests/harness/program.ts';
import { HOST, type Hub } from './hub.ts';
import type { Bench } from './program.ts';

/** The agent as it is installed. */
export const AGENT_BUNDLE = resolve(import.meta.dirname, '../dist/agent.js');

/** A real agent, the host of its hub. */
export type Agent = {
  readonly pid: number;
  readonly spoolDir: string;
  kill(signal: NodeJS.Signals): void;
  end(): Promise<void>;
};

/** As long as by default. */
const HEARTBEAT_MS = 5_000;

/** Starts the agent; resolves once it is online. It ends with the program. `ops`: the text of its OPS_FILE. */
export async function startAgent(bench: Bench, hub: Hub, ops: string): Promise<Agent> {
  const stateDir = join(hub.dir, 'state');
  const opsFile = join(hub.dir, 'ops.toml');
  await writeFile(opsFile, ops);
  const program = startProgram({
    argv: [process.execPath, AGENT_BUNDLE],
    logFile: join(hub.dir, 'agent.log'),
    env: {
      PATH: process.env.PATH ?? '',
      HOME: hub.dir,
      SWITCHYARD_URL: hub.coordinator.address.replace('http', 'ws'),
      SWITCHYARD_TOKEN_FILE: hub.tokenFile,
      SWITCHYARD_STATE_DIR: stateDir,
      SWITCHYARD_PLATFORM: 'custom',
      SWITCHYARD_LAUNCHER: 'process',
      SWITCHYARD_OPS_FILE: opsFile,
      SWITCHYARD_HEARTBEAT_INTERVAL_MS: String(HEARTBEAT_MS),
    },
  });
  const end = async () => void (await endProgram(program));
  bench.onEnd(end);
  await waitFor('the agent online', async () => (await hub.api.get<{ online: boolean }>(`/api/hosts/${HOST}`)).online);
  return { pid: program.pid, kill: program.kill, spoolDir: join(stateDir, 'spool'), end };
}
