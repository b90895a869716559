import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { guardFolders } from '../../agent/fixtures/run-traces.ts';
import { NIX_ENV_SH, SWITCH_SH } from '../../agent/guard/fixtures/guard-host.ts';
import { type GuardedKind, GuardPlan } from '../../agent/guard/guard-plan.ts';
import { agentBundle } from '../../scripts/built-programs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { processesOf } from '../harness/census.ts';
import { clearFolder, makeFolder } from '../harness/folder.ts';
import { type BareCoordinator, startBareCoordinator } from './bare-coordinator.ts';

/** A real agent whose `rollback` leads from the system `old`, generation 2, to `new`, generation 1. Neither Nix nor systemd is needed. */
export type AgentHost = {
  dir: string;
  /** The environment of its agents that start from now on. */
  env: Record<string, string>;
  plan(): GuardPlan | null;
  killAgent(): void;
  /** Starts it again after each end, as systemd does. `program`: its main file from now on. */
  startAgent(program?: string): void;
  file(name: string): string;
  stands(): string[];
  /** A file of its guard's folder, such as `state`; throws where no guard has written it. */
  guardSays(file: string): string;
  /** Time that its guard counted towards the deadline, and time for which it held the deadline; ms, written about once a second. */
  counted(): { spentMs: number; heldMs: number };
  log(): string;
  agentLog(): string;
  /** Ends the agent; resolves once it has left. */
  leave(): Promise<void>;
  close(): Promise<void>;
};

/** The same, on a coordinator that a test speaks for. */
export type Host = AgentHost & BareCoordinator;

export const OLD = ['old', 'system-2-link', 'old'];
export const NEW = ['new', 'system-1-link', 'new'];

export async function startHost({
  features = ['guard'],
  ...options
}: {
  features?: string[];
  platform?: GuardedKind;
} = {}): Promise<Host> {
  const coordinator = await startBareCoordinator(features);
  const host = await startAgentHost({ url: `ws://127.0.0.1:${coordinator.port}`, token: 'token', ...options });
  const both = {
    ...coordinator,
    ...host,
    async close() {
      await host.leave();
      coordinator.stop();
      await host.close();
    },
  };
  await waitFor('the agent', () => coordinator.hellos.length > 0);
  return both;
}

/** `program`: the agent's main file; the bundle of this checkout if absent. `ops`: text of its OPS_FILE. */
export async function startAgentHost({
  url,
  token,
  program,
  ops,
  platform = 'nixos',
}: {
  url: string;
  token: string;
  program?: string;
  ops?: string;
  platform?: GuardedKind;
}): Promise<AgentHost> {
  const dir = makeFolder('switchyard-guarded-');
  const file = (name: string) => join(dir, name);
  for (const name of ['old', 'new']) {
    mkdirSync(file(`store/${name}/bin`), { recursive: true });
    for (const program of ['bin/switch-to-configuration', 'activate'])
      writeFileSync(file(`store/${name}/${program}`), SWITCH_SH(dir, name), { mode: 0o755 });
  }
  mkdirSync(file('bin'));
  writeFileSync(file('bin/nix-env'), NIX_ENV_SH(dir), { mode: 0o755 });
  writeFileSync(file('bin/systemctl'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  symlinkSync(file('store/new'), file('system-1-link'));
  symlinkSync(file('store/old'), file('system-2-link'));
  symlinkSync('system-2-link', file('system'));
  symlinkSync(file('store/old'), file('current'));
  writeFileSync(file('boot-default'), 'old\n');
  writeFileSync(file('log'), '');
  writeFileSync(file('agent.js'), await agentBundle(''));
  if (ops !== undefined) writeFileSync(file('ops.toml'), ops);
  let main = program ?? file('agent.js');

  const env: Record<string, string> = {
    PATH: `${file('bin')}:${process.env.PATH}`,
    HOME: dir,
    NIX_STATE_DIR: file('nix'),
    XDG_RUNTIME_DIR: file('run'),
    SWITCHYARD_URL: url,
    SWITCHYARD_TOKEN: token,
    SWITCHYARD_STATE_DIR: file('state'),
    SWITCHYARD_PLATFORM: platform,
    SWITCHYARD_LAUNCHER: 'process',
    SWITCHYARD_PROFILE: file('system'),
    SWITCHYARD_CURRENT_SYSTEM: file('current'),
    SWITCHYARD_HEARTBEAT_INTERVAL_MS: '200',
    ...(ops === undefined ? {} : { SWITCHYARD_OPS_FILE: file('ops.toml') }),
  };
  mkdirSync(file('run'));
  let wanted = false;
  let agent: ReturnType<typeof spawn> | null = null;
  let left: Promise<unknown> = Promise.resolve();
  const startAgent = (other = main) => {
    main = other;
    wanted = true;
    const log = openSync(file('agent.log'), 'a');
    const child = spawn(process.execPath, [main], {
      env,
      stdio: ['ignore', log, log],
    });
    agent = child;
    left = new Promise((resolve) => {
      child.on('exit', () => {
        resolve(null);
        if (wanted && agent === child) startAgent();
      });
    });
  };
  startAgent();

  const host: AgentHost = {
    dir,
    file,
    env,
    startAgent,
    plan() {
      try {
        return Value.Parse(GuardPlan, JSON.parse(readFileSync(file('state/guard/plan.json'), 'utf8')));
      } catch {
        return null;
      }
    },
    killAgent() {
      wanted = false;
      const killed = agent;
      agent = null;
      killed?.kill('SIGKILL');
    },
    stands: () => [
      realpathSync(file('current')).slice(file('store/').length),
      realpathSync(file('system')) === file('store/old') ? 'system-2-link' : 'system-1-link',
      readFileSync(file('boot-default'), 'utf8').trim(),
    ],
    guardSays: (name) => readFileSync(join(guardFolders(dir)[0] ?? '', name), 'utf8').trim(),
    counted() {
      const [spent = 0, held = 0] = host.guardSays('spent').split(' ').map(Number);
      return { spentMs: spent * 10, heldMs: held * 10 };
    },
    log: () => readFileSync(file('log'), 'utf8'),
    agentLog: () => readFileSync(file('agent.log'), 'utf8'),
    async leave() {
      host.killAgent();
      await left;
    },
    async close() {
      await host.leave();
      await clearFolder(dir);
    },
  };
  return host;
}

/** The processes of the host's guards. */
export const guardsOf = (dir: string): number[] =>
  processesOf(dir)
    .filter(({ command }) => guardFolders(dir).some((folder) => command.includes(join(folder, 'guard.sh'))))
    .map(({ pid }) => pid);
