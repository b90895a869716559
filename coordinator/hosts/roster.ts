import type { Clock, TimerHandle } from '../../shared/clock.ts';
import type { Maintenance } from '../../shared/host.ts';
import type { Heartbeat, Hello } from '../../shared/protocol.ts';
import type { Metrics, Report } from '../../shared/report.ts';
import type { HostSnapshot } from '../lifecycle/event.ts';
import type { Store } from '../store/port.ts';
import type { LastKnown, StoredHost } from '../store/records.ts';
import type { Write } from '../store/write.ts';
import { createSharing } from './sharing.ts';

/** A host and its last known state. */
export type HostEntry = {
  readonly id: string;
  name: string;
  /** Set by an admin. Tags that the agent claims are in `known` and decide nothing. */
  tags: readonly string[];
  readonly createdAt: number;
  /** As a person set it. */
  maintenance: Maintenance | null;
  known: LastKnown | null;
  connectedAt: number | null;
  /** When another agent with this host's token was refused; null once that is settled. */
  duplicateAt: number | null;
  /** When the host was found to know of commits that the store has lost; null once that is settled. */
  putBackAt: number | null;
};

/**
 * The hosts in memory.
 * H1 Reports and metrics live here and are not written at each heartbeat. Each host's last one is written once a minute and when
 *    the host comes or goes, so that an offline host and a restarted coordinator keep the last known state. Few are written at a
 *    time, so that heartbeats and commands never wait for a whole fleet's.
 * H2 A report is held with the `running` that is believed: an ended command is not running, whatever a report says.
 */
export type Roster = {
  byId(id: string): HostEntry | null;
  /** By id or name. */
  find(idOrName: string): HostEntry | null;
  all(): readonly HostEntry[];
  add(host: StoredHost): void;
  /** Returns a function that undoes it. */
  remove(id: string): () => void;
  /** Values that other hosts share are held once from then on, also in `hello`: it stays as long as its connection. */
  hello(id: string, hello: Hello): void;
  heartbeat(id: string, heartbeat: Heartbeat): void;
  disconnected(id: string): void;
  /** The command has ended, so it is not running, whatever the held report says. */
  clearRunning(id: string, commandId: string): void;
  snapshot(id: string): HostSnapshot;
  close(): void;
};

export type RosterDeps = {
  clock: Clock;
  store: Pick<Store, 'write'>;
  /** In the order of their rows. */
  stored: readonly StoredHost[];
  /** True if the coordinator knows that the command has ended on its host; its record is at hand. */
  hasEnded: (commandId: string) => boolean;
  onWriteFailed: (cause: unknown) => void;
};

const WRITE_EVERY_MS = 60_000;
/** Hosts written per transaction, and the pause between two: 10,000 hosts take 5 s of the minute. */
const WRITE_BATCH = 200;
const WRITE_PAUSE_MS = 100;

export function createRoster({ clock, store, stored, hasEnded, onWriteFailed }: RosterDeps): Roster {
  const hosts = new Map<string, HostEntry>();
  const unwritten = new Set<string>();
  /** Those of them whose hello is unwritten too. */
  const unwrittenHellos = new Set<string>();
  /** Hosts due to be written. */
  const due = new Set<string>();
  let timer: TimerHandle;
  let dueTimer: TimerHandle | null = null;

  /** Hosts of one fleet report mostly the same values. */
  const share = createSharing();
  const shareAlike = (said: LastKnown | Hello): void => {
    said.ops = share(said.ops);
    said.os = share(said.os);
    said.tags = share(said.tags);
  };

  const add = ({ id, name, tags, createdAt, maintenance, known }: StoredHost): void => {
    if (known) shareAlike(known);
    hosts.set(id, {
      id,
      name,
      tags,
      createdAt,
      maintenance,
      known,
      connectedAt: null,
      duplicateAt: null,
      putBackAt: null,
    });
  };
  for (const host of stored) add(host);

  const believed = (report: Report): Report =>
    report.running && hasEnded(report.running.id) ? { ...report, running: null } : report;

  const see = (id: string, report: Report, metrics: Metrics | null): void => {
    const known = hosts.get(id)?.known;
    if (!known) return;
    known.report = believed(report);
    known.metrics = metrics ?? known.metrics;
    known.lastSeenAt = clock.now();
    unwritten.add(id);
  };

  const write = (ids: readonly string[]): void => {
    const hellos = ids.filter((id) => unwrittenHellos.has(id));
    const writes = ids.flatMap((id): Write[] => {
      const known = hosts.get(id)?.known;
      if (!known) return [];
      if (unwrittenHellos.has(id)) return [{ type: 'host_known', id, known: { ...known } }];
      const { lastSeenAt, report, metrics } = known;
      return [{ type: 'host_reported', id, said: { lastSeenAt, report, metrics } }];
    });
    for (const id of ids) for (const left of [unwritten, unwrittenHellos]) left.delete(id);
    store.write([writes], ([written]) => {
      if (!written || !('cause' in written)) return;
      for (const id of ids) if (hosts.has(id)) unwritten.add(id);
      for (const id of hellos) if (hosts.has(id)) unwrittenHellos.add(id);
      // The last known state is worth less than a running coordinator: write it in the next minute's turn.
      due.clear();
      onWriteFailed(written.cause);
    });
  };

  const writeSome = (): void => {
    const ids = [...due.values().take(WRITE_BATCH)];
    for (const id of ids) due.delete(id);
    write(ids);
    dueTimer = due.size > 0 ? clock.setTimeout(writeSome, WRITE_PAUSE_MS) : null;
  };

  /** At the end of the turn, because a host's abilities must survive a crash, and many hosts may come or go at once. */
  const writeSoon = (id: string): void => {
    due.add(id);
    dueTimer ??= clock.setTimeout(writeSome, 0);
  };

  const everyMinute = (): void => {
    // In the order of their rows, so that neighbours are written together.
    for (const id of hosts.keys()) if (unwritten.has(id)) writeSoon(id);
    timer = clock.setTimeout(everyMinute, WRITE_EVERY_MS);
  };
  timer = clock.setTimeout(everyMinute, WRITE_EVERY_MS);

  return {
    byId: (id) => hosts.get(id) ?? null,
    find(idOrName) {
      const byId = hosts.get(idOrName);
      if (byId) return byId;
      for (const host of hosts.values()) if (host.name === idOrName) return host;
      return null;
    },
    all: () => [...hosts.values()],
    add,
    remove(id) {
      const host = hosts.get(id);
      hosts.delete(id);
      for (const ids of [unwritten, unwrittenHellos, due]) ids.delete(id);
      return () => {
        if (!host) return;
        hosts.set(id, host);
        // The failed part is unwritten again.
        for (const ids of [unwritten, unwrittenHellos]) ids.add(id);
      };
    },
    hello(id, hello) {
      const host = hosts.get(id);
      if (!host) return;
      shareAlike(hello);
      const { platform, os, agentVersion, ops, tags, stateId = null, bootId, instanceId, report } = hello;
      const lastSeenAt = clock.now();
      const metrics = host.known?.metrics ?? null;
      host.known = { platform, os, agentVersion, ops, tags, stateId, bootId, instanceId, lastSeenAt, report, metrics };
      host.connectedAt = lastSeenAt;
      see(id, report, null);
      unwrittenHellos.add(id);
      writeSoon(id);
    },
    heartbeat: (id, { report, metrics }) => see(id, report, metrics),
    disconnected(id) {
      const host = hosts.get(id);
      if (!host) return;
      host.connectedAt = null;
      writeSoon(id);
    },
    clearRunning(id, commandId) {
      const known = hosts.get(id)?.known;
      if (known?.report.running?.id === commandId) known.report = { ...known.report, running: null };
    },
    snapshot(id) {
      const known = hosts.get(id)?.known;
      return { bootId: known?.bootId ?? null, stateId: known?.stateId ?? null, report: known?.report ?? null };
    },
    close() {
      clock.clearTimeout(timer);
      clock.clearTimeout(dueTimer);
      if (unwritten.size > 0) write([...unwritten]);
    },
  };
}

/** The host's maintenance, set by a person or by the host itself; null if there is none. */
export function maintenanceOf({ maintenance, known }: HostEntry, now: number): Maintenance | null {
  const said = [maintenance, known?.report.maintenance ?? null];
  return said.find((one) => one !== null && (one.until === null || one.until > now)) ?? null;
}
