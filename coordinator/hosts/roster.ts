import type { Maintenance } from '../../shared/model/host.ts';
import type { Metrics, Report } from '../../shared/model/report.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { Heartbeat, Hello } from '../../shared/wire/protocol.ts';
import type { HostSnapshot } from '../lifecycle/event.ts';
import type { Store } from '../store/port.ts';
import type { LastKnown, StoredHost } from '../store/records.ts';
import { createHostIndex } from './host-index.ts';
import { createKnownWriter, type KnownHost, type Part } from './known-writer.ts';
import { reuse } from './reuse.ts';
import { createSharing, type Sharing } from './sharing.ts';

/** The new parts of a heartbeat whose report differs from the held one only in its time. */
export type Repeat = Pick<Report, 'sampledAt'> & Pick<Heartbeat, 'metrics'>;

/** A host and its last known state. */
export type HostEntry = KnownHost & {
  /** Only `change` sets it. */
  readonly name: string;
  /** Set by an admin. Tags that the agent claims are in `known` and decide nothing. */
  tags: readonly string[];
  readonly createdAt: number;
  /** Set by a person. */
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
 *    the host comes or goes, so that an offline host and a restarted coordinator keep the last known state.
 * H2 A report is held with the `running` that is believed: an ended command is not running, whatever a report says.
 * H3 Times and metrics are set in place, because new objects of each heartbeat would bring on garbage collections. Records, views and
 *    writes therefore hold copies.
 */
export type Roster = {
  byId(id: string): HostEntry | null;
  /** By id or name. */
  find(idOrName: string): HostEntry | null;
  /** Hosts in the order of their rows. */
  all(): readonly HostEntry[];
  byName(): readonly HostEntry[];
  add(host: StoredHost): void;
  /** Requires that no other host has the name. Returns a function that undoes the change. */
  change(host: HostEntry, change: { name?: string | undefined; tags?: readonly string[] | undefined }): () => void;
  /** Returns a function that undoes it. */
  remove(id: string): () => void;
  /** Values that other hosts share are held once from then on, also in `hello`: it stays as long as its connection. */
  hello(id: string, hello: Hello): void;
  heartbeat(id: string, heartbeat: Heartbeat): void;
  /** A heartbeat whose report is the held one at another time. */
  repeated(host: HostEntry, repeat: Repeat): void;
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

export function createRoster({ clock, store, stored, hasEnded, onWriteFailed }: RosterDeps): Roster {
  const hosts = createHostIndex<HostEntry>();
  const writer = createKnownWriter({ clock, store, hosts: hosts.values, onFailed: onWriteFailed });

  /** Hosts of one fleet report mostly the same values. */
  const share = createSharing();

  const add = ({ id, name, tags, createdAt, maintenance, known }: StoredHost): void => {
    if (known) shareAlike(share, known);
    const nothing = { connectedAt: null, duplicateAt: null, putBackAt: null, unwritten: null };
    hosts.put({ id, name, tags, createdAt, maintenance, known, ...nothing });
  };
  for (const host of stored) add(host);

  const believed = (report: Report): Report =>
    report.running && hasEnded(report.running.id) ? { ...report, running: null } : report;

  const see = (id: string, report: Report, metrics: Metrics | null): void => {
    const host = hosts.byId(id);
    if (!host?.known) return;
    const { known } = host;
    known.report.sampledAt = report.sampledAt;
    const kept = reuse(known.report, believed(report));
    const isNews = kept !== known.report;
    if (isNews) share.texts(kept);
    known.report = kept;
    seen(host, known, isNews ? 'report' : 'seen', metrics);
  };

  const seen = (host: HostEntry, known: LastKnown, part: Part, metrics: Metrics | null): void => {
    if (metrics && known.metrics) Object.assign(known.metrics, metrics);
    else known.metrics = metrics ?? known.metrics;
    known.lastSeenAt = clock.now();
    writer.news(host, part);
  };

  return {
    byId: hosts.byId,
    find: (idOrName) => hosts.byId(idOrName) ?? hosts.byName(idOrName),
    all: hosts.inOrder,
    byName: hosts.inOrderOfNames,
    add,
    change(host, { name = host.name, tags = host.tags }) {
      const before = { name: host.name, tags: host.tags };
      hosts.rename(host, name);
      host.tags = tags;
      return () => {
        hosts.rename(host, before.name);
        host.tags = before.tags;
      };
    },
    remove(id) {
      const host = hosts.byId(id);
      if (host) {
        hosts.drop(host);
        writer.forget(host);
      }
      return () => {
        if (!host) return;
        hosts.put(host);
        // The failed part is unwritten again.
        writer.news(host, 'hello');
      };
    },
    hello(id, hello) {
      const host = hosts.byId(id);
      if (!host) return;
      shareAlike(share, hello);
      const at = clock.now();
      host.known = knownAtHello(hello, host.known, at);
      host.connectedAt = at;
      see(id, hello.report, null);
      writer.news(host, 'hello');
      writer.soon(host);
    },
    heartbeat: (id, { report, metrics }) => see(id, report, metrics),
    repeated(host, { sampledAt, metrics }) {
      if (!host.known) return;
      host.known.report.sampledAt = sampledAt;
      seen(host, host.known, 'seen', metrics);
    },
    disconnected(id) {
      const host = hosts.byId(id);
      if (!host) return;
      host.connectedAt = null;
      writer.soon(host);
    },
    clearRunning(id, commandId) {
      const host = hosts.byId(id);
      if (host?.known?.report.running?.id !== commandId) return;
      host.known.report = { ...host.known.report, running: null };
      writer.news(host, 'report');
    },
    snapshot: (id) => snapshotOf(hosts.byId(id)?.known ?? null),
    close: writer.close,
  };
}

function shareAlike(share: Sharing, said: LastKnown | Hello): void {
  said.agentVersion = share.whole(said.agentVersion);
  said.ops = share.whole(said.ops);
  said.os = share.whole(said.os);
  said.tags = share.whole(said.tags);
  if ('features' in said) said.features = share.whole(said.features);
  share.texts(said.report);
}

/** Keeps the metrics and the report from before: the hello's report is taken in like any other. */
function knownAtHello(hello: Hello, before: LastKnown | null, lastSeenAt: number): LastKnown {
  const { platform, os, agentVersion, ops, tags, stateId = null, bootId, instanceId } = hello;
  const { metrics, report } = before ?? { metrics: null, report: hello.report };
  return { platform, os, agentVersion, ops, tags, stateId, bootId, instanceId, lastSeenAt, report, metrics };
}

const snapshotOf = (known: LastKnown | null): HostSnapshot => ({
  bootId: known?.bootId ?? null,
  stateId: known?.stateId ?? null,
  report: known ? { ...known.report } : null,
});

/** The host's maintenance, set by a person or by the host itself; null if there is none. */
export function maintenanceOf({ maintenance, known }: HostEntry, now: number): Maintenance | null {
  const said = [maintenance, known?.report.maintenance ?? null];
  return said.find((one) => one !== null && (one.until === null || one.until > now)) ?? null;
}
