import { WebSocket } from 'ws';
import type { Clock } from '../../../shared/clock.ts';
import type { FeedChange } from '../../../shared/feed/frames.ts';
import { type FeedEars, type FeedWire, keepFeed } from '../../../shared/feed/loop.ts';
import { serverTime } from '../../../shared/feed/model.ts';
import type { FeedState } from '../../../shared/feed/state.ts';
import { errorWords, statusWords } from '../../../shared/network/fault-words.ts';
import { roadTo } from '../../../shared/network/road.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure, notAllowed } from '../grammar/failure.ts';
import { type Config, serverName, urlAt } from './config.ts';

/**
 * The coordinator's live feed, followed across breaks from the first whole state on.
 *
 * W1 Where the whole state comes again, `onWhole` is told: there may be changes that were not.
 * W2 Changes that came as one are told once all of them are in the state, and none before the feed is handed over.
 * W3 A refused token ends it, at first and later.
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

/** Resolves with the first whole state; rejects with a `Failure` where it can't be had. */
export function openFeed(deps: LiveFeedDeps): Promise<LiveFeed> {
  const { config, clock, interrupted, onChange, onWhole, onConnection } = deps;
  const first = Promise.withResolvers<LiveFeed>();
  const refused = Promise.withResolvers<never>();
  // Who does not wait for it does not have to handle it.
  refused.promise.catch(() => {});
  let lostAt: number | null = null;
  /** Frames may come before whoever opened the feed has it: the state that it is handed over with has them. */
  let isHanded = false;
  const handOver = (): void => {
    isHanded = true;
  };
  void first.promise.then(handOver, handOver);

  const loop = keepFeed({
    clock,
    connect: (query, ears) => connect(config, query, ears),
    events: {
      opened() {},
      model({ link }) {
        if ((link === 'lost') === (lostAt !== null)) return;
        lostAt = link === 'lost' ? clock.monotonic() : null;
        if (isHanded) onConnection();
      },
      frame(frame, news) {
        if (news === 'whole') first.resolve(feed);
        if (!isHanded) return;
        if (news === 'whole') onWhole();
        if (news === 'changes' && frame.type === 'delta') frame.changes.forEach(onChange);
      },
      lost({ reason, isRefused }) {
        if (!isRefused && loop.model().state) return;
        const failure = isRefused
          ? notAllowed()
          : new Failure(`cannot reach ${serverName(config)} (${config.serverFrom}): ${reason}`, {
              exit: EXIT.unreachable,
            });
        first.reject(failure);
        refused.reject(failure);
        loop.close();
      },
    },
  });

  const feed: LiveFeed = {
    get state() {
      const { state } = loop.model();
      if (!state) throw new Error('the feed is not open yet');
      return state;
    },
    get lostAt() {
      return lostAt;
    },
    refused: refused.promise,
    now: () => serverTime(loop.model(), clock.monotonic()) ?? clock.now(),
    close: loop.close,
  };

  interrupted.addEventListener('abort', () => {
    if (loop.model().state) return;
    first.reject(new Failure('interrupted', { exit: EXIT.detached }));
    loop.close();
  });
  return first.promise;
}

function connect(config: Config, query: string, ears: FeedEars): FeedWire {
  const url = urlAt(config, `/ws/dashboard${query}`);
  url.protocol = url.protocol.replace('http', 'ws');
  const road = roadTo(url);
  let reason: string | null = null;
  let isRefused = false;
  const socket = new WebSocket(url, {
    ...(road.agent && { agent: road.agent }),
    headers: { authorization: `Bearer ${config.token}` },
    maxPayload: 0,
  });
  socket.on('open', ears.opened);
  socket.on('message', (data) => ears.message(String(data)));
  socket.on('unexpected-response', (_request, { statusCode = 0, headers: { location } }) => {
    reason ??= statusWords(statusCode, { url, road, wants: 'upgrade', location });
    isRefused = road.refusal() === null && (statusCode === 401 || statusCode === 403);
    socket.terminate();
  });
  socket.on('error', (error) => {
    reason ??= errorWords(error, { url, road });
  });
  socket.on('close', () => ears.ended({ reason: reason ?? 'the connection was closed', isRefused }));
  return {
    send: (text) => socket.readyState === WebSocket.OPEN && socket.send(text),
    close: () => socket.terminate(),
  };
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
