import type { Freshness, Report, RunningCommand } from '../../shared/model/report.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { HostFacts } from '../spool/platform.ts';
import type { FailedUnitsProbe } from './failed-units.ts';

/** The parts of a report. None spawns a process or waits for a command. */
export type ReportSources = {
  clock: Clock;
  /** The running agent's build, known since its start. */
  freshness: Freshness;
  installed(): Promise<Report['installed']>;
  facts(): Promise<HostFacts>;
  lastEnded(): string | null;
  running(): RunningCommand | null;
  guards(): Promise<Pick<Report, 'guard' | 'guardEnd'>>;
  failedUnits: Pick<FailedUnitsProbe, 'latest'>;
};

/**
 * Samples the host.
 * R1  `afterCommand` is read before anything else, and nothing is cached across samples: everything in the report was read after
 *    that command had ended. Otherwise a sample could carry the commit from before a pull and claim to be after it.
 */
export async function sampleReport(sources: ReportSources): Promise<Report> {
  const afterCommand = sources.lastEnded();
  const sampledAt = sources.clock.now();
  const [facts, installed, guards] = await Promise.all([sources.facts(), sources.installed(), sources.guards()]);
  return {
    sampledAt,
    afterCommand,
    running: sources.running(),
    freshness: sources.freshness,
    installed,
    ...facts,
    ...guards,
    failedUnits: sources.failedUnits.latest({ isWatched: guards.guard != null, lastEnded: afterCommand }),
  };
}
