import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import type { Store } from '../store/port.ts';
import type { LastKnown } from '../store/records.ts';
import type { Write } from '../store/write.ts';

/** The parts of a host's last known state, most often changed first. Writing one also writes those before it. */
const PARTS = ['seen', 'report', 'hello'] as const;
export type Part = (typeof PARTS)[number];

/**
 * Writes hosts' last known state, and only the parts that changed.
 * K1 News is written once a minute, and sooner on request. Few hosts are written at a time, so that heartbeats and commands never
 *    wait for a whole fleet's.
 * K2 A failed write is retried in the next minute: the last known state is worth less than a running coordinator.
 */
export type KnownWriter = {
  /** Marks this part of the host's known state as news. */
  news(host: KnownHost, part: Part): void;
  /** Writes the host's news at the end of the turn. Many hosts may come or go at once. */
  soon(host: KnownHost): void;
  /** The host is gone. */
  forget(host: KnownHost): void;
  /** Writes all news. */
  close(): void;
};

export type KnownHost = {
  readonly id: string;
  readonly known: LastKnown | null;
  /** The part not written yet; only the writer changes it. */
  unwritten: Part | null;
};

export type KnownWriterDeps = {
  clock: Clock;
  store: Pick<Store, 'write'>;
  /** Hosts in the order of their rows, so that neighbours are written together. */
  hosts: () => Iterable<KnownHost>;
  onFailed: (cause: unknown) => void;
};

const WRITE_EVERY_MS = 60_000;
/** Hosts written per transaction, and the pause between two: 10,000 hosts take 5 s of the minute. */
const WRITE_BATCH = 200;
const WRITE_PAUSE_MS = 100;

export function createKnownWriter({ clock, store, hosts, onFailed }: KnownWriterDeps): KnownWriter {
  /** Hosts to write next. */
  const due = new Set<KnownHost>();
  let timer: TimerHandle;
  let dueTimer: TimerHandle | null = null;

  const news = (host: KnownHost, part: Part): void => {
    const before = host.unwritten;
    if (before === null || PARTS.indexOf(part) > PARTS.indexOf(before)) host.unwritten = part;
  };

  const write = (some: Iterable<KnownHost>): void => {
    const taken = [...some].flatMap((host): News[] => {
      const { known, unwritten: part } = host;
      host.unwritten = null;
      return part && known ? [{ host, part, known: copyOf(known) }] : [];
    });
    if (taken.length === 0) return;
    store.write([writesOf(taken)], ([written]) => {
      if (!written || !('cause' in written)) return;
      for (const { host, part } of taken) news(host, part);
      due.clear();
      onFailed(written.cause);
    });
  };

  const writeSome = (): void => {
    const some = [...due.values().take(WRITE_BATCH)];
    for (const host of some) due.delete(host);
    write(some);
    dueTimer = due.size > 0 ? clock.setTimeout(writeSome, WRITE_PAUSE_MS) : null;
  };

  const soon = (host: KnownHost): void => {
    due.add(host);
    dueTimer ??= clock.setTimeout(writeSome, 0);
  };

  const everyMinute = (): void => {
    for (const host of hosts()) if (host.unwritten) soon(host);
    timer = clock.setTimeout(everyMinute, WRITE_EVERY_MS);
  };
  timer = clock.setTimeout(everyMinute, WRITE_EVERY_MS);

  return {
    news,
    soon,
    forget(host) {
      host.unwritten = null;
      due.delete(host);
    },
    close() {
      clock.clearTimeout(timer);
      clock.clearTimeout(dueTimer);
      write(hosts());
    },
  };
}

type News = { host: KnownHost; part: Part; known: LastKnown };

function writesOf(news: readonly News[]): Write[] {
  const seen = news.filter(({ part }) => part === 'seen').map(({ host: { id }, known }) => ({ id, ...seenOf(known) }));
  const more = news.flatMap(({ host: { id }, part, known }): Write[] => {
    const { lastSeenAt, report, metrics } = known;
    if (part === 'hello') return [{ type: 'host_known', id, known }];
    return part === 'report' ? [{ type: 'host_reported', id, said: { lastSeenAt, report, metrics } }] : [];
  });
  return seen.length > 0 ? [{ type: 'hosts_seen', seen }, ...more] : more;
}

/** A distant store reads it later, when another heartbeat may have come. */
const copyOf = (known: LastKnown): LastKnown => ({
  ...known,
  report: { ...known.report },
  metrics: known.metrics && { ...known.metrics },
});

const seenOf = ({ lastSeenAt, report: { sampledAt }, metrics }: LastKnown) => ({ lastSeenAt, sampledAt, metrics });
