import {
  ACTIVE_STATUSES,
  type ActiveStatus,
  isActive,
  TERMINAL_STATUSES,
  type TerminalStatus,
} from '../../shared/command.ts';
import { version } from '../../shared/version.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Sessions } from '../engine/sessions.ts';
import type { Signals } from '../engine/signals.ts';
import type { Roster } from '../hosts/roster.ts';
import { nextDeadline } from '../lifecycle/deadline.ts';
import type { Traffic } from './intake.ts';

/** The content of `GET /metrics`. Gauges are read when somebody looks; only events that leave no trace are counted as they happen. */
export type Metrics = {
  /** All metrics in the Prometheus text format. */
  text(): string;
};

export type MetricsDeps = {
  ledger: Pick<Ledger, 'allLive' | 'healthy'>;
  roster: Pick<Roster, 'all'>;
  sessions: Pick<Sessions, 'all' | 'isOnline'>;
  signals: Pick<Signals, 'ended'>;
  traffic: Readonly<Traffic>;
};

type Sample = { labels?: Record<string, string>; value: number };

export function createMetrics({ ledger, roster, sessions, signals, traffic }: MetricsDeps): Metrics {
  const ended = new Map<TerminalStatus, number>(TERMINAL_STATUSES.map((status) => [status, 0]));

  function families(): string[] {
    const activeBy = new Map<ActiveStatus, number>(ACTIVE_STATUSES.map((status) => [status, 0]));
    let deadlines = 0;
    for (const record of ledger.allLive()) {
      const { status } = record.command;
      if (isActive(status)) activeBy.set(status, (activeBy.get(status) ?? 0) + 1);
      if (nextDeadline(record)) deadlines += 1;
    }
    const hosts = roster.all();
    const cpu = process.cpuUsage();
    const memory = process.memoryUsage();
    return [
      family('switchyard_build_info', 'gauge', 'Always 1', [{ labels: { version }, value: 1 }]),
      family('switchyard_hosts', 'gauge', 'Hosts that are registered', [{ value: hosts.length }]),
      family('switchyard_hosts_online', 'gauge', 'Hosts whose agent is connected', [
        { value: hosts.filter(({ id }) => sessions.isOnline(id)).length },
      ]),
      family('switchyard_agent_connections', 'gauge', 'Agent connections that have said hello', [
        { value: [...sessions.all()].length },
      ]),
      family('switchyard_commands_active', 'gauge', 'Commands that have not ended', byStatus(activeBy)),
      family('switchyard_commands_ended_total', 'counter', 'Commands that have ended', byStatus(ended)),
      family('switchyard_heartbeats_total', 'counter', 'Heartbeats received', [{ value: traffic.heartbeats }]),
      family('switchyard_output_bytes_total', 'counter', 'Bytes of output received', [{ value: traffic.outputBytes }]),
      family('switchyard_deadlines_armed', 'gauge', 'Commands with a deadline ahead', [{ value: deadlines }]),
      family('switchyard_store_healthy', 'gauge', '1 if the last write worked', [{ value: Number(ledger.healthy()) }]),
      family('process_cpu_seconds_total', 'counter', 'CPU time used', [{ value: (cpu.user + cpu.system) / 1e6 }]),
      family('process_resident_memory_bytes', 'gauge', 'Resident memory', [{ value: memory.rss }]),
      family('nodejs_heap_size_used_bytes', 'gauge', 'Heap in use', [{ value: memory.heapUsed }]),
    ];
  }

  signals.ended.listen(({ status }) => {
    if (!isActive(status)) ended.set(status, (ended.get(status) ?? 0) + 1);
  });

  return {
    text: () => `${families().join('\n')}\n`,
  };
}

const byStatus = (counts: ReadonlyMap<string, number>): Sample[] =>
  [...counts].map(([status, value]) => ({ labels: { status }, value }));

function family(name: string, type: 'counter' | 'gauge', help: string, samples: Sample[]): string {
  const lines = samples.map(({ labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
    return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join('\n');
}
