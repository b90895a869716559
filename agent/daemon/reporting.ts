import type { Freshness, Report } from '../../shared/model/report.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { Runner } from '../commands/runner.ts';
import type { Config } from '../config/config.ts';
import type { Machine } from '../config/detect.ts';
import type { Log } from '../config/log.ts';
import type { Connection } from '../connection/connection.ts';
import type { Guards } from '../guard/guards.ts';
import { createFailedUnits, type FailedUnitsProbe, listFailed } from '../report/failed-units.ts';
import { createInstalledProbe } from '../report/freshness.ts';
import { type HeartbeatLoop, startHeartbeatLoop } from '../report/heartbeat-loop.ts';
import { createMetrics } from '../report/metrics.ts';
import { sampleReport } from '../report/report.ts';
import type { Platform } from '../spool/platform.ts';

/** The host's reports, and the heartbeats that send them. */
export type Reporting = HeartbeatLoop & {
  report(): Promise<Report>;
  /** A watcher asks for failed units. */
  askUnits: FailedUnitsProbe['ask'];
  /** Whether a systemd tells of failed units here. */
  hasSystemd: boolean;
};

export type ReportingDeps = {
  config: Pick<Config, 'heartbeatIntervalMs' | 'installedPath' | 'stateDir'>;
  clock: Clock;
  log: Log;
  machine: Machine;
  /** The running agent's build. */
  freshness: Freshness;
  platform: Pick<Platform, 'facts'>;
  guards: Pick<Guards, 'report'>;
  runner: Pick<Runner, 'lastEnded' | 'running'>;
  /** Null before the agent has its token. */
  connection(): Pick<Connection, 'isWelcomed' | 'send'> | null;
};

export function startReporting(deps: ReportingDeps): Reporting {
  const { config, clock, log, machine, connection } = deps;
  const installed = createInstalledProbe(config.installedPath);
  const hasSystemd = machine.os === 'linux' && machine.exists('/run/systemd/system');
  const failedUnits = createFailedUnits({
    clock,
    list: hasSystemd ? listFailed : async () => null,
    onSample: () => heartbeat.beat(),
  });

  const report = () =>
    sampleReport({
      clock,
      freshness: deps.freshness,
      installed,
      facts: deps.platform.facts,
      guards: deps.guards.report,
      failedUnits,
      lastEnded: deps.runner.lastEnded,
      running: deps.runner.running,
    });

  const heartbeat = startHeartbeatLoop({
    intervalMs: config.heartbeatIntervalMs,
    clock,
    report,
    metrics: createMetrics({ os: machine.os, diskPaths: ['/', '/nix/store', config.stateDir] }),
    isConnected: () => connection()?.isWelcomed() ?? false,
    send: (frame) => connection()?.send(frame) ?? false,
    log,
  });

  return { ...heartbeat, report, askUnits: failedUnits.ask, hasSystemd };
}
