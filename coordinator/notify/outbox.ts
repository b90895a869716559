import { newId } from '../../shared/ids.ts';
import type { Notice } from '../../shared/model/notify.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { ReceiverConfig } from '../config/notify.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Signals } from '../engine/signals.ts';
import type { Turn } from '../engine/turn.ts';
import type { Roster } from '../hosts/roster.ts';
import type { HostViews } from '../hosts/view.ts';
import type { Write } from '../store/write.ts';
import { type Cause, causesOf, noticeOf } from './causes.ts';
import { wants } from './wants.ts';

/**
 * Waiting notices.
 * O1 A notice is written in its cause's transaction: both are durable, or neither is.
 * O2 Notices for one receiver are bounded. At the bound a last notice says so, and further ones are dropped until there is room.
 * O3 Counts cover stored notices and those being written. A failed turn takes its own back.
 */
export type Outbox = {
  /** Adds a notice in the ledger's present turn. Returns whether the receiver will get it. */
  put(receiver: ReceiverConfig, cause: Cause, id?: string): boolean;
  /** Stored notices that wait. */
  waiting(receiver: string): number;
  /** Notices dropped at the bound since the start. */
  omitted(receiver: string): number;
  /** This many were delivered or given up. */
  left(receiver: string, notices: number, bytes: number): void;
  /** The store has no notices. */
  none(receiver: string): void;
};

export type OutboxDeps = {
  clock: Clock;
  receivers: readonly ReceiverConfig[];
  stored: readonly { receiver: string; notices: number; bytes: number }[];
  ledger: Pick<Ledger, 'also' | 'afterCommit'>;
  signals: Pick<Signals, 'writing'>;
  roster: Pick<Roster, 'byId'>;
  views: Pick<HostViews, 'of' | 'isPrepared'>;
  /** Another durable notice waits for this receiver. */
  onMore: (receiver: string) => void;
  bounds?: { notices: number; bytes: number };
};

const BOUNDS = { notices: 10_000, bytes: 16 * 1024 * 1024 };

/** `stored`: how many of the notices are durable. */
type Queue = { notices: number; stored: number; bytes: number; omitted: number; isFull: boolean };
/** Takes a write with its undo into a turn, and calls to make after the commit. */
type Taking = { also(write: Write, undo: () => void): void; afterCommit(run: () => void): void };

export function createOutbox(deps: OutboxDeps): Outbox {
  const { clock, receivers, roster, views, bounds = BOUNDS } = deps;
  const queues = new Map<string, Queue>(
    receivers.map(({ name }) => {
      const { notices = 0, bytes = 0 } = deps.stored.find(({ receiver }) => receiver === name) ?? {};
      const isFull = notices > bounds.notices || bytes > bounds.bytes;
      return [name, { notices, stored: notices, bytes, omitted: 0, isFull }];
    }),
  );

  const hostOf = (hostId: string) => (views.isPrepared(hostId) ? views.of(hostId) : null);

  function add(name: string, queue: Queue, notice: Notice, turn: Taking): void {
    const bytes = Buffer.byteLength(JSON.stringify(notice));
    queue.notices += 1;
    queue.bytes += bytes;
    turn.also({ type: 'notice', receiver: name, notice }, () => {
      queue.notices -= 1;
      queue.bytes -= bytes;
    });
    turn.afterCommit(() => {
      queue.stored += 1;
      deps.onMore(name);
    });
  }

  function offer(receiver: ReceiverConfig, cause: Cause, turn: Taking, id?: string): boolean {
    const queue = queues.get(receiver.name);
    if (!queue || !wants(receiver, cause, hostOf)) return false;
    const hasRoom = queue.notices < bounds.notices && queue.bytes < bounds.bytes;
    if (hasRoom) {
      queue.isFull = false;
      add(receiver.name, queue, noticeOf(cause, cause.hostId && (roster.byId(cause.hostId)?.name ?? null), id), turn);
      return true;
    }
    queue.omitted += 1;
    if (queue.isFull) return true;
    queue.isFull = true;
    add(receiver.name, queue, omission(queue.notices, clock.now()), {
      ...turn,
      also: (write, undo) =>
        turn.also(write, () => {
          undo();
          queue.isFull = false;
        }),
    });
    return true;
  }

  /** Without receivers no turn is looked at. */
  const told = receivers.filter(({ kind }) => kind !== 'heartbeat');
  if (told.length > 0) deps.signals.writing.listen(tellOf);

  function tellOf(turn: Turn): void {
    const taking: Taking = {
      also(write, undo) {
        turn.writes.push(write);
        turn.undos.push(undo);
      },
      afterCommit: (run) => void turn.effects.push(run),
    };
    for (const cause of causesOf(turn)) for (const receiver of told) offer(receiver, cause, taking);
  }

  const NONE: Queue = { notices: 0, stored: 0, bytes: 0, omitted: 0, isFull: false };
  const of = (name: string): Queue => queues.get(name) ?? NONE;
  return {
    put: (receiver, cause, id) => offer(receiver, cause, deps.ledger, id),
    waiting: (name) => of(name).stored,
    omitted: (name) => of(name).omitted,
    left(name, notices, bytes) {
      const queue = of(name);
      queue.notices -= notices;
      queue.stored -= notices;
      queue.bytes -= bytes;
    },
    none(name) {
      const queue = of(name);
      queue.notices -= queue.stored;
      queue.stored = 0;
      if (queue.notices === 0) queue.bytes = 0;
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
