import { ATTENTION_KINDS, type AttentionItem } from '../../shared/model/attention.ts';
import {
  ACTIVE_STATUSES,
  type ActiveStatus,
  isActive,
  TERMINAL_STATUSES,
  type TerminalStatus,
} from '../../shared/model/command.ts';
import type { Receiver } from '../../shared/model/notify.ts';
import { version } from '../../shared/version.ts';
import type { Traffic } from '../agents/intake.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Sessions } from '../engine/sessions.ts';
import type { Signals } from '../engine/signals.ts';
import type { Roster } from '../hosts/roster.ts';
import type { HostViews } from '../hosts/view.ts';
import { nextDeadline } from '../lifecycle/deadline.ts';
import type { Notify } from '../notify/notify.ts';
import { createDurations } from './durations.ts';
import { byLabel, counter, type Family, gauge, type Sample, textOf } from './family.ts';
import { hostFamilies } from './hosts.ts';

/** The content of `GET /metrics`. Gauges are read at each scrape. Only events that leave no trace are counted as they happen. */
export type Metrics = {
  /** All metrics in the Prometheus text format. */
  text(): string;
};

export type MetricsDeps = {
  core: {
    ledger: Pick<Ledger, 'allLive' | 'healthy'>;
    roster: Pick<Roster, 'all'>;
    sessions: Pick<Sessions, 'all' | 'isOnline'>;
    views: Pick<HostViews, 'of' | 'isPrepared'>;
    signals: Pick<Signals, 'ended'>;
  };
  traffic: Readonly<Traffic>;
  attention: () => readonly AttentionItem[];
  notify: Pick<Notify, 'receivers' | 'omitted'>;
};

export function createMetrics(deps: MetricsDeps): Metrics {
  const { core, traffic } = deps;
  const { ledger, sessions, signals } = core;
  const ended = new Map<TerminalStatus, number>(TERMINAL_STATUSES.map((status) => [status, 0]));
  const durations = createDurations();

  signals.ended.listen((command) => {
    const { status } = command;
    if (isActive(status)) return;
    ended.set(status, (ended.get(status) ?? 0) + 1);
    durations.ended(command);
  });

  const hosts = (): Family[] => {
    const all = core.roster.all();
    return [
      gauge('switchyard_hosts', 'Hosts that are registered', [{ value: all.length }]),
      gauge('switchyard_hosts_online', 'Hosts whose agent is connected', [
        { value: all.filter(({ id }) => sessions.isOnline(id)).length },
      ]),
      gauge('switchyard_agent_connections', 'Agent connections that have said hello', [
        { value: [...sessions.all()].length },
      ]),
      ...hostFamilies(core),
    ];
  };

  function commands(): Family[] {
    const activeBy = new Map<ActiveStatus, number>(ACTIVE_STATUSES.map((status) => [status, 0]));
    let deadlines = 0;
    for (const record of ledger.allLive()) {
      const { status } = record.command;
      if (isActive(status)) activeBy.set(status, (activeBy.get(status) ?? 0) + 1);
      if (nextDeadline(record)) deadlines += 1;
    }
    const asking = Map.groupBy(deps.attention(), ({ kind }) => kind);
    return [
      gauge('switchyard_commands_active', 'Commands that have not ended', byLabel('status', activeBy)),
      counter('switchyard_commands_ended_total', 'Commands that have ended', byLabel('status', ended)),
      durations.family(),
      gauge('switchyard_deadlines_armed', 'Commands with a deadline ahead', [{ value: deadlines }]),
      gauge(
        'switchyard_attention',
        'Items that wait for a person',
        byLabel(
          'kind',
          ATTENTION_KINDS.map((kind) => [kind, asking.get(kind)?.length ?? 0]),
        ),
      ),
    ];
  }

  return {
    text: () =>
      textOf([
        gauge('switchyard_build_info', 'Always 1', [{ labels: { version }, value: 1 }]),
        ...hosts(),
        ...commands(),
        ...receiverFamilies(deps.notify),
        counter('switchyard_heartbeats_total', 'Heartbeats received', [{ value: traffic.heartbeats }]),
        counter('switchyard_output_bytes_total', 'Bytes of output received', [{ value: traffic.outputBytes }]),
        gauge('switchyard_store_healthy', '1 if the last write worked', [{ value: Number(ledger.healthy()) }]),
        ...processFamilies(),
      ]),
  };
}

function receiverFamilies({ receivers, omitted }: MetricsDeps['notify']): Family[] {
  const all = receivers();
  const each = (value: (receiver: Receiver) => number | null): Sample[] =>
    all.flatMap((receiver) => {
      const known = value(receiver);
      return known === null ? [] : [{ labels: { receiver: receiver.name }, value: known }];
    });
  return [
    gauge(
      'switchyard_notify_waiting',
      'Notices that wait for the receiver',
      each(({ waiting }) => waiting),
    ),
    gauge(
      'switchyard_notify_failing',
      '1 if the last try to tell the receiver failed',
      each(({ lastError }) => Number(lastError !== null)),
    ),
    gauge(
      'switchyard_notify_last_delivery_timestamp_seconds',
      'When the receiver last took a message',
      each(({ lastDeliveryAt }) => lastDeliveryAt && lastDeliveryAt / 1000),
    ),
    counter(
      'switchyard_notify_given_up_total',
      'Notices that were tried, and given up',
      each(({ givenUp }) => givenUp),
    ),
    counter(
      'switchyard_notify_omitted_total',
      'Notices that were dropped because too many waited',
      each(({ name }) => omitted(name)),
    ),
  ];
}

function processFamilies(): Family[] {
  const cpu = process.cpuUsage();
  const memory = process.memoryUsage();
  return [
    counter('process_cpu_seconds_total', 'CPU time used', [{ value: (cpu.user + cpu.system) / 1e6 }]),
    gauge('process_resident_memory_bytes', 'Resident memory', [{ value: memory.rss }]),
    gauge('nodejs_heap_size_used_bytes', 'Heap in use', [{ value: memory.heapUsed }]),
  ];
}
