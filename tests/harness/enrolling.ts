import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { witnessFolder } from '../../agent/fixtures/run-traces.ts';
import { logLines, type Program, startProgram } from './program.ts';
import { baseEnv, type System } from './system.ts';

/** An agent with an enrolment token and without its own. */
export type EnrollingAgent = {
  name: string;
  stateDir: string;
  tokenFile: string;
  logFile: string;
  env: Record<string, string>;
};

export type EnrollingAgents = {
  /** An unstarted agent; `state`: the folder to copy as its STATE_DIR. */
  lay(system: System, name: string, token: string, state?: string): EnrollingAgent;
  start(system: System, agent: EnrollingAgent): Program;
  /** Removes leftovers outside the system's folder. */
  tidy(): void;
};

export function createEnrollingAgents(): EnrollingAgents {
  const folders: string[] = [];
  return {
    lay(system, name, token, state) {
      const dir = join(system.dir, name);
      const [stateDir, tokenFile, logFile] = [join(dir, 'state'), join(dir, 'enrol-token'), join(dir, 'agent.log')];
      mkdirSync(dir, { recursive: true });
      if (state) cpSync(state, stateDir, { recursive: true });
      writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
      folders.push(stateDir);
      const env = {
        ...baseEnv(system.dir),
        SWITCHYARD_URL: system.coordinator.address.replace('http', 'ws'),
        SWITCHYARD_ENROL_TOKEN_FILE: tokenFile,
        SWITCHYARD_HOSTNAME: name,
        SWITCHYARD_PLATFORM: 'custom',
        SWITCHYARD_LAUNCHER: 'process',
        SWITCHYARD_HEARTBEAT_INTERVAL_MS: '500',
        SWITCHYARD_STATE_DIR: stateDir,
      };
      return { name, stateDir, tokenFile, logFile, env };
    },
    start: ({ dir }, { env, logFile }) =>
      startProgram({ argv: [process.execPath, join(dir, 'agent.js')], env, logFile }),
    tidy() {
      for (const stateDir of folders) rmSync(witnessFolder(stateDir), { recursive: true, force: true });
    },
  };
}

/** The reasons why it could not enrol, one for each try. */
export const reasons = ({ logFile }: EnrollingAgent): unknown[] => logLines(logFile).map(({ reason }) => reason);

/** Resolves to the body of the API's answer. Throws unless it is a success. */
export async function askJson<Body>({ api }: System, path: string, method = 'GET', body?: object): Promise<Body> {
  const response = await api.send(path, { method, ...(body && { body }) });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (response.status === 204 ? null : await response.json()) as Body;
}
