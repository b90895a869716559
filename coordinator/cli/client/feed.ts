import { WebSocket } from 'ws';
import type { Clock, TimerHandle } from '../../../shared/clock.ts';
import type { FeedChange, FeedFrame } from '../../../shared/feed-frames.ts';
import { applyChange, type FeedState, stateFrom } from '../../../shared/feed-state.ts';
import { errorWords, statusWords } from '../../../shared/network/fault-words.ts';
import { roadTo } from '../../../shared/network/road.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure, notAllowed } from '../grammar/failure.ts';
import { type Config, serverName, urlAt } from './config.ts';

/**
 * The coordinator's live feed, followed across breaks.
 *
 * W1 After a break it asks for what it missed; where that can't be had, the whole state comes and `onWhole` is told.
 * W2 A connection from which nothing has come for `STALL_MS` is taken for broken: the coordinator says something every 15 s. One
 *    that does not open within `OPENING_MS` is, too.
 * W3 Changes that came as one are told once all of them are in the state, and none before the feed is handed over.
 */
export type LiveFeed = {
  readonly state: FeedState;
  /** Since when there is no connection, on the monotonic clock; null while there is one. */
  readonly lostAt: number | null;
  /** Rejects with a `Failure` where a later connection is refused: the token is no longer taken. */
  readonly refused: Promise<never>;
  /** The coordinator's clock. */
  now(): number;
  close(): void;
};

export type LiveFeedDeps = {
  config: Config;
  clock: Clock;
  /** Ends the waiting for the first state; what is followed then is the owner's to end. */
  interrupted: AbortSignal;
  onChange: (change: FeedChange) => void;
  /** The whole state came again: there may be changes that were not told. */
  onWhole: () => void;
  /** The connection was lost, or is there again. */
  onConnection: () => void;
};

const STALL_MS = 45_000;
const OPENING_MS = 10_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** Resolves with the first whole state; rejects with a `Failure` where it can't be had. */
export function openFeed(deps: LiveFeedDeps): Promise<LiveFeed> {
  const { config, clock, interrupted, onChange, onWhole, onConnection } = deps;
  const first = Promise.withResolvers<LiveFeed>();
  const refused = Promise.withResolvers<never>();
  // Who does not wait for it does not have to handle it.
  refused.promise.catch(() => {});
  let socket: WebSocket;
  let state: FeedState | null = null;
  let position: { epoch: string; version: number } | null = null;
  let aheadMs = 0;
  let lostAt: number | null = null;
  let pauseMs = FIRST_PAUSE_MS;
  let stall: TimerHandle | null = null;
  let retry: TimerHandle | null = null;
  let closed = false;
  /** Frames may come before whoever opened the feed has it: the state that it is handed over with has them. */
  let isHanded = false;
  const handOver = (): void => {
    isHanded = true;
  };
  void first.promise.then(handOver, handOver);

  const feed: LiveFeed = {
    get state() {
      if (!state) throw new Error('the feed is not open yet');
      return state;
    },
    get lostAt() {
      return lostAt;
    },
    refused: refused.promise,
    now: () => clock.now() + aheadMs,
    close() {
      closed = true;
      clock.clearTimeout(stall);
      clock.clearTimeout(retry);
      socket.terminate();
    },
  };

  function awaitWord(): void {
    clock.clearTimeout(stall);
    stall = clock.setTimeout(() => socket.terminate(), STALL_MS);
  }

  function heard(): void {
    awaitWord();
    pauseMs = FIRST_PAUSE_MS;
    if (lostAt === null) return;
    lostAt = null;
    onConnection();
  }

  function take(frame: FeedFrame): void {
    if ('serverTime' in frame) aheadMs = frame.serverTime - clock.now();
    if (frame.type === 'init' || frame.type === 'full_state') {
      const isFirst = state === null;
      state = stateFrom(frame.state);
      position = { epoch: frame.epoch, version: frame.version };
      if (isFirst) first.resolve(feed);
      else if (isHanded) onWhole();
    } else if (frame.type === 'delta' && state && position) {
      position.version = frame.version;
      for (const change of frame.changes) applyChange(state, change);
      if (isHanded) frame.changes.forEach(onChange);
    }
  }

  function lost(reason: string): void {
    clock.clearTimeout(stall);
    if (closed) return;
    if (!state) {
      first.reject(new Failure(`cannot reach ${serverName(config)}: ${reason}`, { exit: EXIT.unreachable }));
      closed = true;
      return;
    }
    if (lostAt === null) {
      lostAt = clock.monotonic();
      if (isHanded) onConnection();
    }
    retry = clock.setTimeout(connect, pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }

  function connect(): void {
    const url = urlAt(config, '/ws/dashboard');
    url.protocol = url.protocol.replace('http', 'ws');
    if (position) {
      url.searchParams.set('epoch', position.epoch);
      url.searchParams.set('version', String(position.version));
    }
    let reason: string | null = null;
    const road = roadTo(url);
    socket = new WebSocket(url, {
      ...(road.agent && { agent: road.agent }),
      headers: { authorization: `Bearer ${config.token}` },
      handshakeTimeout: OPENING_MS,
      maxPayload: 0,
    });
    socket.on('open', awaitWord);
    socket.on('message', (data) => {
      if (closed) return;
      heard();
      take(JSON.parse(String(data)) as FeedFrame);
    });
    socket.on('unexpected-response', (_request, { statusCode = 0, headers: { location } }) => {
      reason ??= statusWords(statusCode, { url, road, wants: 'upgrade', location });
      if (road.refusal() === null && (statusCode === 401 || statusCode === 403)) {
        const failure = notAllowed();
        first.reject(failure);
        refused.reject(failure);
        closed = true;
      }
      socket.terminate();
    });
    socket.on('error', (error) => {
      reason ??= errorWords(error, { url, road });
    });
    socket.on('close', () => lost(reason ?? 'the connection was closed'));
  }

  connect();
  interrupted.addEventListener('abort', () => {
    if (state) return;
    first.reject(new Failure('interrupted', { exit: EXIT.detached }));
    feed.close();
  });
  return first.promise;
}

/** What is said of a connection that went, or came back. */
export const connectionWords = ({ lostAt }: Pick<LiveFeed, 'lostAt'>): string =>
  lostAt === null ? 'connected again' : 'no connection; trying again';

/** The whole state as it is now. */
export async function readFeed({
  config,
  clock,
  interrupted,
}: Pick<LiveFeedDeps, 'config' | 'clock' | 'interrupted'>): Promise<{ state: FeedState; now: number }> {
  const nothing = () => {};
  const feed = await openFeed({
    config,
    clock,
    interrupted,
    onChange: nothing,
    onWhole: nothing,
    onConnection: nothing,
  });
  feed.close();
  return { state: feed.state, now: feed.now() };
}
