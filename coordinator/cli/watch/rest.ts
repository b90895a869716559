import type { FeedState } from '../../../shared/feed/state.ts';
import type { Command } from '../../../shared/model/command.ts';
import type { OutputHolding } from '../../../shared/model/output-arrival.ts';
import { arrivalOf } from '../../../shared/model/output-arrival.ts';
import type { Clock } from '../../../shared/time/clock.ts';
import { isLongGone, mayCome, REST_PATIENCE_MS } from './shortfall.ts';

/** The rest of an ended command's output that is still to come, and how long the wait has lasted. */
export type Rest = { holding: OutputHolding; forMs: number };

/** Decides how long to wait for the rest of each ended command's output. */
export type Rests = {
  /** As far as the live feed says. */
  holdingOf(command: Command): OutputHolding;
  /** Null if there is nothing to wait for, or the wait was long enough. */
  awaited(command: Command): Rest | null;
};

export type RestsDeps = {
  clock: Clock;
  feed: { readonly state: FeedState; readonly lostAt: number | null; now(): number };
  /** False: wait for nothing. */
  waits: boolean;
};

export function createRests({ clock, feed, waits }: RestsDeps): Rests {
  const seen = new Map<string, { since: number; newsAt: number; stood: string; wasOnline: boolean }>();

  function holdingOf(command: Command): OutputHolding {
    const host = feed.state.hosts.get(command.hostId);
    const { bytes, total } = command.output;
    const source = host ? (host.online ? 'online' : 'offline') : 'none';
    return { bytes, total, arrival: arrivalOf(command, source) };
  }

  return {
    holdingOf,
    awaited(command) {
      const holding = holdingOf(command);
      if (!waits || !mayCome(holding.arrival)) return null;
      const now = clock.monotonic();
      const stood = `${holding.bytes} ${holding.total} ${holding.arrival}`;
      const isOnline = holding.arrival === 'arriving';
      const one = seen.get(command.id) ?? { since: now, newsAt: now, stood, wasOnline: isOnline };
      seen.set(command.id, one);
      if (one.stood !== stood || feed.lostAt !== null) one.newsAt = now;
      one.stood = stood;
      one.wasOnline ||= isOnline;
      const lastSeenAt = feed.state.hosts.get(command.hostId)?.lastSeenAt ?? null;
      if (!one.wasOnline && isLongGone(lastSeenAt, feed.now())) return null;
      return now - one.newsAt < REST_PATIENCE_MS ? { holding, forMs: now - one.since } : null;
    },
  };
}
