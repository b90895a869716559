import { join } from 'node:path';
import { assertNever } from '../shared/assert-never.ts';
import type { Clock } from '../shared/clock.ts';
import { newId } from '../shared/ids.ts';
import { type Environment, optionLabel } from '../shared/options.ts';
import { type CoordinatorFrame, type Hello, PROTOCOL_VERSION } from '../shared/protocol.ts';
import { restartStatus } from './commands/agent-restarts.ts';
import { createRunner, type Runner } from './commands/runner.ts';
import { secretProxies } from './config/command-environment.ts';
import type { Config } from './config/config.ts';
import type { Machine } from './config/detect.ts';
import type { Log } from './config/log.ts';
import { AGENT_OPTIONS } from './config/options.ts';
import { type Connection, createConnection } from './connection/connection.ts';
import { enrol } from './connection/enrol.ts';
import { createServerClock } from './connection/server-clock.ts';
import { guardStore } from './guard/guard-store.ts';
import { createGuards } from './guard/guards.ts';
import { openProcessTable } from './kill/process-table.ts';
import { processLauncher } from './launch/launcher.ts';
import { createSystemdLauncher } from './launch/systemd-launcher.ts';
import { createConfiguredPlatform } from './platforms/configured-platform.ts';
import { createFailedUnits, listFailed } from './report/failed-units.ts';
import { createInstalledProbe, readFreshness } from './report/freshness.ts';
import { startHeartbeatLoop } from './report/heartbeat-loop.ts';
import { createMetrics } from './report/metrics.ts';
import { sampleReport } from './report/report.ts';
import { type IdentitySources, readBootId, readOs } from './state/host-identity.ts';
import { hostTokenFile, readEnrolToken } from './state/host-token.ts';
import { openStateDir } from './state/state-dir.ts';
import { openStoreMark } from './state/store-mark.ts';

/** A service manager waits longer; everything on disk needs no goodbye. */
const LEAVE_MS = 4500;

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
  if (opening.kind !== 'opened') {
    const label = optionLabel('stateDir', AGENT_OPTIONS.stateDir);
    const takes = opening.kind === 'held' ? 'a folder that no other agent uses' : 'a writable folder';
    return { kind: opening.kind, fault: `${label} takes ${takes}: ${opening.fault}` };
  }
  const { state } = opening;
  const identity = {
    instanceId: newId(),
    bootId: config.bootId ?? readBootId(deps.identity),
    os: readOs(deps.identity),
    startedAt: clock.now(),
  };
  const freshness = await readFreshness(deps.entry, deps.commit);
  const installed = createInstalledProbe(config.installedPath);
  let peerFeatures: readonly string[] = [];
  const platform = createConfiguredPlatform(deps, identity.bootId, () => peerFeatures);
  const serverClock = createServerClock(clock);
  let connection: Connection | null = null;
  const storeMark = await openStoreMark({
    file: join(config.stateDir, 'store-mark'),
    onFailed: (err) => log.warn({ err }, "the store's mark could not be read or written"),
  });

  const { promise: left, resolve: leaveWith } = Promise.withResolvers<number>();
  const { promise: standing, resolve: stand } = Promise.withResolvers<void>();
  let leaving = false;
  const enrolling = new AbortController();
  async function leave(status: number, reason: string): Promise<void> {
    if (leaving) return;
    leaving = true;
    log.info({ reason, status }, 'leaving');
    // An exit found during the start may ask for this before there is anything to close.
    await standing;
    const limit = clock.setTimeout(() => leaveWith(status), LEAVE_MS);
    enrolling.abort();
    heartbeat.close();
    guards.close();
    await runner.close();
    await connection?.close();
    clock.clearTimeout(limit);
    leaveWith(status);
  }

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
      if (sent && frame.type === 'command.exited') heartbeat.beat();
    },
    sendOutput: (chunk, room) => connection?.sendOutput(chunk, room),
    mark: storeMark,
    onRestartDue: (id) => void leave(restartStatus(machine.os), `restart after command ${id}`),
    log,
  });

  const hasSystemd = machine.os === 'linux' && machine.exists('/run/systemd/system');
  const failedUnits = createFailedUnits({
    clock,
    list: hasSystemd ? listFailed : async () => null,
    onSample: () => heartbeat.beat(),
  });

  const guards = createGuards({
    store: guardStore(config.stateDir),
    clock,
    log,
    bootId: identity.bootId,
    witnesses: config.guardWitness,
    isWelcomed: () => connection?.isWelcomed() ?? false,
    onChange: () => heartbeat.beat(),
    onUndone: () => void leave(restartStatus(machine.os), 'an activation was undone'),
  });

  const report = () =>
    sampleReport({
      clock,
      freshness,
      installed,
      facts: platform.facts,
      guards: guards.report,
      failedUnits,
      lastEnded: runner.lastEnded,
      running: runner.running,
    });

  async function hello(): Promise<Hello> {
    const { instanceId, bootId, os, startedAt } = identity;
    const mark = storeMark.current();
    return {
      protocol: PROTOCOL_VERSION,
      hostname: config.hostname,
      platform: config.platform,
      os,
      agentVersion: deps.version,
      stateId: state.stateId,
      instanceId,
      bootId,
      startedAt,
      heartbeatIntervalMs: config.heartbeatIntervalMs,
      ops: [...platform.ops()],
      tags: [...config.tags],
      report: await report(),
      commands: await runner.commands(),
      features: [...platform.features, 'store_mark', ...(hasSystemd ? ['failed_units'] : [])],
      ...(mark !== null && { storeMark: mark }),
    };
  }

  const heartbeat = startHeartbeatLoop({
    intervalMs: config.heartbeatIntervalMs,
    clock,
    report,
    metrics: createMetrics({ os: machine.os, diskPaths: ['/', '/nix/store', config.stateDir] }),
    isConnected: () => connection?.isWelcomed() ?? false,
    send: (frame) => connection?.send(frame) ?? false,
    log,
  });

  function received(frame: CoordinatorFrame): void {
    switch (frame.type) {
      case 'command.run':
        runner.run(frame.payload);
        break;
      case 'command.kill':
        runner.kill(frame.payload);
        break;
      case 'command.keep':
        void guards.decide('keep', frame.payload.id);
        break;
      case 'command.undo':
        void guards.decide('undo', frame.payload.id);
        break;
      case 'command.exited.ack':
        storeMark.learn(frame.payload.storeMark);
        runner.ackExit(frame.payload.id);
        break;
      case 'command.output.ack':
        runner.ackOutput(frame.payload.id, frame.payload.offset);
        break;
      case 'heartbeat.request':
        failedUnits.ask();
        heartbeat.beat();
        break;
      case 'welcome':
      case 'error':
        break; // the connection's own
      default:
        assertNever(frame);
    }
  }

  const connect = (token: string): void => {
    storeMark.use(token);
    connection = createConnection({
      urls: config.coordinators.map(({ socketUrl }) => socketUrl),
      token,
      clock,
      random: deps.random,
      log,
      events: {
        hello,
        welcomed(welcome, roundTripMs) {
          peerFeatures = welcome.features ?? [];
          void guards.welcomed();
          serverClock.learn(welcome.serverTime, roundTripMs);
          storeMark.welcomed(welcome);
          runner.resume(welcome);
          heartbeat.beat();
        },
        received,
        refused: () => void guards.refused(),
        lost: runner.pause,
      },
    });
  };
  const hostToken = hostTokenFile(config.stateDir);
  const token = config.token ?? (await hostToken.read());
  if (token !== null) connect(token);
  else
    void enrol({
      urls: config.coordinators.map(({ enrolUrl }) => new URL(enrolUrl)),
      body: {
        hostname: config.hostname,
        platform: config.platform,
        stateId: state.stateId,
        stateSecret: state.stateSecret,
      },
      readToken: () => readEnrolToken(config.enrolTokenFile ?? ''),
      keep: hostToken.keep,
      clock,
      random: deps.random,
      log,
      signal: enrolling.signal,
    }).then((enrolled) => {
      if (enrolled !== null && !leaving) connect(enrolled);
    });
  stand();
  const withheld = secretProxies(env);
  if (withheld.length > 0)
    log.warn({ variables: withheld }, 'commands do not get a proxy with a password: see docs/agent.md');
  log.info({ release: deps.release, instanceId: identity.instanceId, stateDir: config.stateDir }, 'started');
  return { kind: 'started', daemon: { leave: () => void leave(0, 'told to'), left } };
}
