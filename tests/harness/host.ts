import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { witnessFolder } from '../../agent/fixtures/run-traces.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Completion } from '../../shared/ops/op-definition.ts';
import type { Api } from './api.ts';
import { readLog, startProgram } from './program.ts';
import { type Supervisor, supervise } from './supervisor.ts';

/** An op of OPS_FILE; a text is its one step, run by sh. */
export type FileOp = string | { steps: readonly (readonly string[])[]; completion?: Completion; activates?: boolean };

export type HostOptions = {
  name: string;
  dir: string;
  api: Api;
  /** The coordinator, or a proxy in front of it: `http://HOST:PORT`; several are separated by commas. */
  address: string;
  env: Readonly<Record<string, string>>;
  /** The program that the service manager starts: a bundle, or a link to one. */
  program: string;
  ops?: Readonly<Record<string, FileOp>>;
  /** Used instead of the token from registering. */
  token?: string;
  /** False: it is registered, and `agent().start` starts its agent. */
  starts?: boolean;
};

/** A registered host with its real agent under a service manager. */
export type TestHost = {
  readonly name: string;
  readonly hostId: string;
  readonly dir: string;
  readonly stateDir: string;
  readonly token: string;
  readonly tokenFile: string;
  readonly logFile: string;
  readonly agent: Supervisor;
  /** The options of its agent's next start. */
  readonly env: Record<string, string>;
  log(): string;
  /** Resolves once the coordinator has it online. */
  online(): Promise<void>;
  offline(): Promise<void>;
  /** The agent's remains outside `dir`. */
  tidy(): void;
};

export async function startHost(options: HostOptions): Promise<TestHost> {
  const { name, dir, api, address, env, program, ops } = options;
  const { hostId, token } = await api.addHost(name);
  const stateDir = env.SWITCHYARD_STATE_DIR ?? join(dir, 'state');
  const tokenFile = join(dir, 'token');
  const logFile = join(dir, 'agent.log');
  const opsFile = join(dir, 'ops.toml');
  mkdirSync(dir, { recursive: true });
  writeFileSync(tokenFile, `${options.token ?? token}\n`, { mode: 0o600 });
  if (ops) writeFileSync(opsFile, opsToml(ops));

  const agentEnv = {
    SWITCHYARD_HOSTNAME: name,
    SWITCHYARD_PLATFORM: 'custom',
    SWITCHYARD_LAUNCHER: 'process',
    SWITCHYARD_HEARTBEAT_INTERVAL_MS: '500',
    SWITCHYARD_STATE_DIR: stateDir,
    ...(ops ? { SWITCHYARD_OPS_FILE: opsFile } : {}),
    ...env,
    SWITCHYARD_URL: address.replaceAll('http', 'ws'),
    SWITCHYARD_TOKEN_FILE: tokenFile,
  };
  const agent = supervise(() => startProgram({ argv: [process.execPath, program], logFile, env: agentEnv }), {
    starts: options.starts ?? true,
  });
  const isOnline = async () => (await api.host(hostId)).online;
  return {
    name,
    hostId,
    dir,
    stateDir,
    token,
    tokenFile,
    logFile,
    agent,
    env: agentEnv,
    log: () => readLog(logFile),
    online: async () => void (await waitFor(`${name} online`, isOnline)),
    offline: async () => void (await waitFor(`${name} offline`, isOnline, (online) => !online)),
    tidy: () => rmSync(witnessFolder(stateDir), { recursive: true, force: true }),
  };
}

function opsToml(ops: Readonly<Record<string, FileOp>>): string {
  const tables = Object.entries(ops).map(([id, op]) => {
    const given = typeof op === 'string' ? { steps: [['/bin/sh', '-c', op]] } : op;
    const lines = Object.entries(given).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
    return [`[ops.${id}]`, ...lines].join('\n');
  });
  return `${tables.join('\n\n')}\n`;
}
