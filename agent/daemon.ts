import { join } from 'node:path';
import { newId } from '../shared/ids.ts';
import { type Environment, optionLabel } from '../shared/settings/options.ts';
import type { Clock } from '../shared/time/clock.ts';
import { restartStatus } from './commands/agent-restarts.ts';
import { createRunner, type Runner } from './commands/runner.ts';
import { secretProxies } from './config/command-environment.ts';
import type { Config } from './config/config.ts';
import type { Machine } from './config/detect.ts';
import type { Log } from './config/log.ts';
import { AGENT_OPTIONS } from './config/options.ts';
import { type Connection, createConnection } from './connection/connection.ts';
import { createServerClock } from './connection/server-clock.ts';
import { helloOf, type Identity } from './daemon/hello.ts';
import { createLeaving } from './daemon/leaving.ts';
import { received } from './daemon/received.ts';
import { startReporting } from './daemon/reporting.ts';
import { withToken } from './daemon/token.ts';
import { guardStore } from './guard/guard-store.ts';
import { createGuards } from './guard/guards.ts';
import { openProcessTable } from './kill/process-table.ts';
import { processLauncher } from './launch/launcher.ts';
import { createSystemdLauncher } from './launch/systemd-launcher.ts';
import { createConfiguredPlatform } from './platforms/configured-platform.ts';
import { readFreshness } from './report/freshness.ts';
import { type IdentitySources, readBootId, readOs } from './state/host-identity.ts';
import { openStateDir, type StateDirOpening } from './state/state-dir.ts';
import { openStoreMark } from './state/store-mark.ts';

export type DaemonDeps = {
  config: Config;
  /** The text that `--version` prints after the name, and its parts. */
  release: string;
  version: string;
  commit: string | null;
  /** The running main module, and the Node that runs it. */
  entry: string;
  execPath: string;
  env: Environment;
  clock: Clock;
  random(): number;
  machine: Machine;
  identity: IdentitySources;
  log: Log;
};

export type Daemon = {
  /** Says goodbye within 5 s; commands go on. */
  leave(): void;
  /** The exit status, once everything is closed. */
  left: Promise<number>;
};

/** A fault is one line for a person: the agent cannot start at all, or not while another works on its STATE_DIR. */
export type DaemonStart = { kind: 'started'; daemon: Daemon } | { kind: 'fault' | 'held'; fault: string };

/** Wires the agent and starts it. */
export async function startDaemon(deps: DaemonDeps): Promise<DaemonStart> {
  const { config, clock, log, machine, env } = deps;
  const runtimeDirs = ['/run', env.XDG_RUNTIME_DIR].filter((dir) => dir !== undefined);
  const opening = await openStateDir({ path: config.stateDir, runtimeDirs });
  if (opening.kind !== 'opened') return { kind: opening.kind, fault: faultOf(opening) };
  const { state } = opening;
  const identity = identityOf(deps);
  const freshness = await readFreshness(deps.entry, deps.commit);
  let peerFeatures: readonly string[] = [];
  const platform = createConfiguredPlatform(deps, identity.bootId, () => peerFeatures);
  const serverClock = createServerClock(clock);
  let connection: Connection | null = null;
  const storeMark = await openStoreMark({
    file: join(config.stateDir, 'store-mark'),
    onFailed: (err) => log.warn({ err }, "the store's mark could not be read or written"),
  });

  const enrolling = new AbortController();
  const { leave, isLeaving, stand, left } = createLeaving({
    clock,
    log,
    async close() {
      enrolling.abort();
      reporting.close();
      guards.close();
      await runner.close();
      await connection?.close();
    },
  });

  const runner: Runner = await createRunner({
    state,
    platform,
    launcher: config.launcher === 'systemd' ? createSystemdLauncher({ stateTag: state.tag }) : processLauncher,
    table: openProcessTable(),
    clock,
    serverNow: serverClock.now,
    instanceId: identity.instanceId,
    bootId: identity.bootId,
    environment: env,
    send(frame) {
      const sent = connection?.send(frame);
      // docs/protocol.md section 2, rule 6.
      if (sent && frame.type === 'command.exited') reporting.beat();
    },
    sendOutput: (chunk, room) => connection?.sendOutput(chunk, room),
    mark: storeMark,
    onRestartDue: (id) => void leave(restartStatus(machine.os), `restart after command ${id}`),
    log,
  });

  const guards = createGuards({
    store: guardStore(config.stateDir),
    clock,
    log,
    bootId: identity.bootId,
    witnesses: config.guardWitness,
    isWelcomed: () => connection?.isWelcomed() ?? false,
    onChange: () => reporting.beat(),
    onUndone: () => void leave(restartStatus(machine.os), 'an activation was undone'),
  });

  const reporting = startReporting({ ...deps, freshness, platform, guards, runner, connection: () => connection });
  const parts = { ...deps, stateId: state.stateId, identity, platform, runner, guards, storeMark, reporting };

  const connect = (token: string): void => {
    storeMark.use(token);
    connection = createConnection({
      urls: config.coordinators.map(({ socketUrl }) => socketUrl),
      token,
      clock,
      random: deps.random,
      log,
      events: {
        hello: () => helloOf(parts),
        welcomed(welcome, roundTripMs) {
          peerFeatures = welcome.features ?? [];
          void guards.welcomed();
          serverClock.learn(welcome.serverTime, roundTripMs);
          storeMark.welcomed(welcome);
          runner.resume(welcome);
          reporting.beat();
        },
        received: (frame) => received(parts, frame),
        refused: () => void guards.refused(),
        lost: runner.pause,
      },
    });
  };
  await withToken({ ...deps, state, signal: enrolling.signal, isLeaving }, connect);
  stand();
  const withheld = secretProxies(env);
  if (withheld.length > 0)
    log.warn({ variables: withheld }, 'commands do not get a proxy with a password: see docs/agent.md');
  log.info({ release: deps.release, instanceId: identity.instanceId, stateDir: config.stateDir }, 'started');
  return { kind: 'started', daemon: { leave: () => void leave(0, 'told to'), left } };
}

function faultOf({ kind, fault }: Exclude<StateDirOpening, { kind: 'opened' }>): string {
  const label = optionLabel('stateDir', AGENT_OPTIONS.stateDir);
  const takes = kind === 'held' ? 'a folder that no other agent uses' : 'a writable folder';
  return `${label} takes ${takes}: ${fault}`;
}

const identityOf = ({ config, identity, clock }: DaemonDeps): Identity => ({
  instanceId: newId(),
  bootId: config.bootId ?? readBootId(identity),
  os: readOs(identity),
  startedAt: clock.now(),
});
