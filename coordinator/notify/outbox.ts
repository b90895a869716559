import type { Clock } from '../../shared/clock.ts';
import { newId } from '../../shared/ids.ts';
import type { Notice } from '../../shared/notify.ts';
import type { ReceiverConfig } from '../config/notify.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Signals } from '../engine/signals.ts';
import type { Roster } from '../hosts/roster.ts';
import type { HostViews } from '../hosts/view.ts';
import type { Write } from '../store/write.ts';
import { type Cause, causesOf, noticeOf } from './causes.ts';
import { wants } from './wants.ts';

/**
 * The notices that wait.
 * O1 A notice is written in the transaction of its cause: both are durable, or neither.
 * O2 Notices for one receiver are bounded. At the bound one last notice says so; further ones are dropped until there is room.
 * O3 Counts are of what is stored or under way; a turn that fails takes its own back.
 */
export type Outbox = {
  /** In the present turn of the ledger; returns whether the receiver is told. */
  put(receiver: ReceiverConfig, cause: Cause, id?: string): boolean;
  /** Notices that wait. */
  waiting(receiver: string): number;
  /** Notices that were dropped at the bound, since the start. */
  omitted(receiver: string): number;
  /** So many were delivered, or given up. */
  left(receiver: string, notices: number, bytes: number): void;
  /** The store has none. */
  none(receiver: string): void;
};

export type OutboxDeps = {
  clock: Clock;
  receivers: readonly ReceiverConfig[];
  stored: readonly { receiver: string; notices: number; bytes: number }[];
  ledger: Pick<Ledger, 'also'>;
  signals: Pick<Signals, 'writing' | 'committed'>;
  roster: Pick<Roster, 'byId'>;
  views: Pick<HostViews, 'of' | 'isPrepared'>;
  /** Something more waits for this receiver, and is durable. */
  onMore: (receiver: string) => void;
  bounds?: { notices: number; bytes: number };
};

const BOUNDS = { notices: 10_000, bytes: 16 * 1024 * 1024 };

type Queue = { notices: number; bytes: number; omitted: number; isFull: boolean };
type Also = (write: Write, undo: () => void) => void;

export function createOutbox(deps: OutboxDeps): Outbox {
  const { clock, receivers, roster, views, bounds = BOUNDS } = deps;
  const queues = new Map<string, Queue>(
    receivers.map(({ name }) => {
      const { notices = 0, bytes = 0 } = deps.stored.find(({ receiver }) => receiver === name) ?? {};
      return [name, { notices, bytes, omitted: 0, isFull: notices > bounds.notices || bytes > bounds.bytes }];
    }),
  );
  const grown = new Set<string>();

  const hostOf = (hostId: string) => (views.isPrepared(hostId) ? views.of(hostId) : null);

  function add(name: string, queue: Queue, notice: Notice, also: Also): void {
    const bytes = Buffer.byteLength(JSON.stringify(notice));
    queue.notices += 1;
    queue.bytes += bytes;
    grown.add(name);
    also({ type: 'notice', receiver: name, notice }, () => {
      queue.notices -= 1;
      queue.bytes -= bytes;
    });
  }

  function offer(receiver: ReceiverConfig, cause: Cause, also: Also, id?: string): boolean {
    const queue = queues.get(receiver.name);
    if (!queue || receiver.kind === 'heartbeat' || !wants(receiver, cause, hostOf)) return false;
    const hasRoom = queue.notices < bounds.notices && queue.bytes < bounds.bytes;
    if (hasRoom) {
      queue.isFull = false;
      add(receiver.name, queue, noticeOf(cause, cause.hostId && (roster.byId(cause.hostId)?.name ?? null), id), also);
      return true;
    }
    queue.omitted += 1;
    if (queue.isFull) return true;
    queue.isFull = true;
    add(receiver.name, queue, omission(queue.notices, clock.now()), (write, undo) =>
      also(write, () => {
        undo();
        queue.isFull = false;
      }),
    );
    return true;
  }

  deps.signals.writing.listen((turn) => {
    const also: Also = (write, undo) => {
      turn.writes.push(write);
      turn.undos.push(undo);
    };
    for (const cause of causesOf(turn)) for (const receiver of receivers) offer(receiver, cause, also);
  });
  deps.signals.committed.listen(() => {
    const names = [...grown];
    grown.clear();
    for (const name of names) deps.onMore(name);
  });

  const of = (name: string): Queue => queues.get(name) ?? { notices: 0, bytes: 0, omitted: 0, isFull: false };
  return {
    put: (receiver, cause, id) => offer(receiver, cause, deps.ledger.also, id),
    waiting: (name) => of(name).notices,
    omitted: (name) => of(name).omitted,
    left(name, notices, bytes) {
      const queue = of(name);
      queue.notices = Math.max(0, queue.notices - notices);
      queue.bytes = Math.max(0, queue.bytes - bytes);
    },
    none(name) {
      const queue = of(name);
      queue.notices = 0;
      queue.bytes = 0;
    },
  };
}

const omission = (notices: number, at: number): Notice => ({
  id: newId(),
  at,
  kind: 'omitted',
  level: 'error',
  code: 'notices_omitted',
  host: null,
  hostId: null,
  commandId: null,
  rolloutId: null,
  message: `${notices} notices wait, the most that may: further ones are dropped until these are delivered`,
  next: 'look at the events',
});
