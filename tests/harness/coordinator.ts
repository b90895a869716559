import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtPrograms } from '../../scripts/built-programs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { type Api, createApi } from './api.ts';
import { COMPILED, type Exit, endProgram, logLines, type Program, readLog, startProgram } from './program.ts';

/** A real coordinator: its own process, in `dir`, on SQLite unless `env` says otherwise. */
export type Coordinator = {
  /** `http://127.0.0.1:PORT`; the same after a restart. */
  readonly address: string;
  readonly api: Api;
  readonly tokenFile: string;
  readonly logFile: string;
  /** The present run's, as is `exited`; both throw if it does not run. */
  pid(): number;
  exited(): Promise<Exit>;
  kill(signal: NodeJS.Signals): Promise<Exit>;
  /** After a kill or a stop; resolves once it listens. `program`: the main file from now on. */
  start(program?: string): Promise<void>;
  stop(): Promise<void>;
};

export type CoordinatorOptions = {
  dir: string;
  env: Readonly<Record<string, string>>;
  /** Text of CONFIG. */
  config?: string;
  listensWithinMs?: number;
  /** The main file; the bundle of this checkout if absent. */
  program?: string;
  /** Its admin token, if `env` gives it one. */
  token?: string;
};

export async function startCoordinator({
  dir,
  env,
  config,
  listensWithinMs,
  program: given,
  token,
}: CoordinatorOptions): Promise<Coordinator> {
  mkdirSync(dir, { recursive: true });
  const dataDir = join(dir, 'data');
  const logFile = join(dir, 'coordinator.log');
  const configFile = join(dir, 'config.toml');
  if (config !== undefined) writeFileSync(configFile, config);
  let main = given ?? (await builtPrograms()).coordinator;
  let program: Program | null = null;

  async function start(listen: string): Promise<string> {
    const heard = logLines(logFile).length;
    const started = startProgram({
      argv: [process.execPath, main],
      logFile,
      env: {
        ...COMPILED,
        ...env,
        SWITCHYARD_LISTEN: listen,
        SWITCHYARD_DATA_DIR: dataDir,
        ...(config === undefined ? {} : { SWITCHYARD_CONFIG: configFile }),
      },
    });
    program = started;
    let ended: Exit | null = null;
    void started.exited.then((exit) => {
      ended = exit;
      if (program === started) program = null;
    });
    const line = () =>
      logLines(logFile)
        .slice(heard)
        .find(({ msg }) => msg === 'listening');
    try {
      const listening = await waitFor('a coordinator that listens', () => ended ?? line(), Boolean, listensWithinMs);
      if (listening && 'address' in listening) return String(listening.address);
      throw new Error(
        `the coordinator ended with ${JSON.stringify(listening)}: ${readLog(logFile).trim().slice(-1_000)}`,
      );
    } catch (error) {
      started.kill('SIGKILL');
      await started.exited;
      throw error;
    }
  }

  function running(): Program {
    if (!program) throw new Error('the coordinator is not running');
    return program;
  }

  const address = await start('127.0.0.1:0');
  const tokenFile = token === undefined ? join(dataDir, 'admin-token') : join(dir, 'token');
  if (token !== undefined) writeFileSync(tokenFile, token);
  return {
    address,
    api: createApi({ address, token: token ?? readFileSync(tokenFile, 'utf8').trim() }),
    tokenFile,
    logFile,
    pid: () => running().pid,
    exited: () => running().exited,
    async kill(signal) {
      const present = running();
      present.kill(signal);
      return await present.exited;
    },
    async start(other = main) {
      main = other;
      await start(address.replace('http://', ''));
    },
    async stop() {
      if (program) await endProgram(program);
    },
  };
}
