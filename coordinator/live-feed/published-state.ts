import type { FeedChange } from '../../shared/feed/frames.ts';
import { applyChange, type FeedState } from '../../shared/feed/state.ts';
import { newId } from '../../shared/ids.ts';
import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import type { Change } from '../engine/changes.ts';
import { type Read, whenRead } from '../store/read.ts';
import { createLiveFeedBatch, type LiveFeedBatchDeps } from './batch.ts';
import { createLiveFeedDeltas } from './deltas.ts';
import { wholeState } from './whole-state.ts';

/**
 * The state that clients of the live feed have, and the deltas that lead to it.
 *
 * L1 A client that got all deltas has exactly `state`. Only publishing changes `state`.
 * L2 The changes of `BATCH_MS` are one delta, serialised once for all clients; above `DELTA_BYTES` they are several.
 * L3 After `AWAKE_MS` without clients no state is kept. The next client gets a new one, with a version to which no delta leads.
 */
export type PublishedState = {
  epoch: string;
  deltas: ReturnType<typeof createLiveFeedDeltas>;
  add(changes: readonly Change[]): void;
  /** Makes the state for the first client. */
  wake(): Read<void>;
  /** Drops the state after `AWAKE_MS` without clients. */
  sleepSoon(): void;
  /** The whole state as it is now, as a frame in pieces that are made on demand. Call it only while a client listens. */
  whole(type: 'init' | 'full_state'): { version: number; pieces: Iterator<string> };
  close(): void;
};

export type PublishedStateDeps = LiveFeedBatchDeps & {
  clock: Clock;
  /** Loads the present state for the first client. */
  load: () => Read<FeedState>;
  /** Puts people's names beside their subjects. */
  named: <Value>(value: Value) => Value;
  /** The limits of held deltas: their number and their bytes. */
  held?: { maxDeltas?: number; maxBytes?: number };
  hasClients: () => boolean;
  /** A client is taking the whole state, or the deltas that came meanwhile. */
  catchesUp: () => boolean;
  /** Called when deltas were added. */
  onPublished: () => void;
};

const BATCH_MS = 100;
const DELTA_BYTES = 1024 * 1024;
const AWAKE_MS = 60_000;
/**
 * About half the bytes of one host's change, so the fleet's deltas of half a heartbeat interval are held. While a client catches up, those
 * of a whole interval: a client that falls behind them needs the whole state again, which takes as long as the first.
 */
const HELD_BYTES_A_HOST = { least: 2048, catchingUp: 4096 };

export function createPublishedState(deps: PublishedStateDeps): PublishedState {
  const { clock, load, guard } = deps;
  const epoch = newId();
  /** Null without clients. */
  let state: FeedState | null = null;
  const bytesAHost = () => (deps.catchesUp() ? HELD_BYTES_A_HOST.catchingUp : HELD_BYTES_A_HOST.least);
  const deltas = createLiveFeedDeltas({ ...deps.held, leastBytes: () => bytesAHost() * (state?.hosts.size ?? 0) });
  const batch = createLiveFeedBatch(deps);
  /** The read of the state under way; null if there is none. */
  let loading: Promise<void> | null = null;
  let missed = false;
  let publishing: TimerHandle | null = null;
  let fallingAsleep: TimerHandle | null = null;

  function publish(): void {
    clock.clearTimeout(publishing);
    publishing = null;
    if (!state) return;
    const told: string[] = [];
    const now = state;
    for (const change of batch.take(now)) guard('a change', () => told.push(take(now, change)));
    if (told.length === 0) return;
    for (const changes of inBatches(told))
      deltas.push((version) => Buffer.from(`{"type":"delta","version":${version},"changes":[${changes.join(',')}]}`));
    deps.onPublished();
  }

  /** Returns the change as JSON. One that can't be serialised is not applied either. */
  function take(state: FeedState, change: FeedChange): string {
    const json = JSON.stringify(deps.named(change));
    applyChange(state, change);
    return json;
  }

  function publishSoon(): void {
    if (!batch.isEmpty()) publishing ??= clock.setTimeout(publish, BATCH_MS);
  }

  return {
    epoch,
    deltas,
    add(changes) {
      for (const change of changes)
        if (state || loading !== null) batch.add(change);
        else missed ||= change.type !== 'output';
      publishSoon();
    },
    wake() {
      clock.clearTimeout(fallingAsleep);
      fallingAsleep = null;
      if (state) return;
      if (loading !== null) return loading;
      const loaded = whenRead(load(), (found) => {
        state = found;
        if (missed) deltas.skip();
        missed = false;
        publishSoon();
      });
      if (loaded instanceof Promise)
        loading = loaded.finally(() => {
          loading = null;
        });
      return loading ?? loaded;
    },
    sleepSoon() {
      fallingAsleep ??= clock.setTimeout(() => {
        fallingAsleep = null;
        // A client that waited for its state while another one failed to open.
        if (deps.hasClients()) return;
        publish();
        state = null;
        missed = false;
      }, AWAKE_MS);
    },
    whole(type) {
      const version = deltas.version();
      if (!state) throw new Error('a client is there, but no state');
      const head = `{"type":"${type}","epoch":"${epoch}","version":${version},"serverTime":${clock.now()},"state":{`;
      return { version, pieces: framed(head, wholeState(state, deps.named)) };
    },
    close() {
      clock.clearTimeout(publishing);
      clock.clearTimeout(fallingAsleep);
    },
  };
}

/** The frame's last piece closes state and frame. The first is never short, so that a small state is one piece. */
function* framed(head: string, pieces: Iterator<string>): Generator<string> {
  let piece = head;
  for (let next = pieces.next(); !next.done; ) {
    piece += next.value;
    next = pieces.next();
    if (next.done) break;
    yield piece;
    piece = '';
  }
  yield `${piece}}}`;
}

/** Groups changes, in order, as many as a delta holds. */
function inBatches(changes: readonly string[]): string[][] {
  const batches: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const change of changes) {
    bytes += change.length;
    if (bytes > DELTA_BYTES) {
      batches.push([]);
      bytes = change.length;
    }
    batches.at(-1)?.push(change);
  }
  return batches;
}
