import { WebSocket } from 'ws';
import type { FeedChange } from '../../../shared/feed/frames.ts';
import { type FeedEars, type FeedWire, keepFeed } from '../../../shared/feed/loop.ts';
import { serverTime } from '../../../shared/feed/model.ts';
import type { FeedState } from '../../../shared/feed/state.ts';
import { errorWords, statusWords } from '../../../shared/network/fault-words.ts';
import { roadTo } from '../../../shared/network/road.ts';
import type { Clock } from '../../../shared/time/clock.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure, notAllowed } from '../grammar/failure.ts';
import { type Config, goOn, serverName, triesOf, urlAt } from './config.ts';

/**
 * The coordinator's live feed, followed across breaks, from the first whole state on.
 * W1 When the whole state comes again, `onWhole` is called: there may be changes that were not reported.
 * W2 Changes that came together are reported once all of them are in the state, and none before the feed is handed over.
 * W3 A refused token ends it, at first and later.
 */
export type LiveFeed = {
  readonly state: FeedState;
  /** Since when the connection is down, on the monotonic clock; null while it is up. */
  readonly lostAt: number | null;
  /** Rejects with a `Failure` if a later connection is refused: the token is no longer accepted. */
  readonly refused: Promise<never>;
  /** The coordinator's clock. */
  now(): number;
  close(): void;
};

export type LiveFeedDeps = {
  config: Config;
  clock: Clock;
  /** Ends the wait for the first state; after that the owner ends the feed. */
  interrupted: AbortSignal;
  onChange: (change: FeedChange) => void;
  /** The whole state came again: some changes may not have been reported. */
  onWhole: () => void;
  /** The connection was lost, or is back. */
  onConnection: () => void;
};

/** Resolves with the first whole state; rejects with a `Failure` if it can't be had. */
export function openFeed(deps: LiveFeedDeps): Promise<LiveFeed> {
  const { config, clock, interrupted, onChange, onWhole, onConnection } = deps;
  const first = Promise.withResolvers<LiveFeed>();
  const refused = Promise.withResolvers<never>();
  // Callers that don't wait for it need not handle it.
  refused.promise.catch(() => {});
  let lostAt: number | null = null;
  let asked = config.server;
  let tries = 0;
  /** Frames may come before the opener has the feed: the state that it gets includes them. */
  let isHanded = false;
  const handOver = (): void => {
    isHanded = true;
  };
  void first.promise.then(handOver, handOver);

  const loop = keepFeed({
    clock,
    connect(query, ears) {
      asked = config.server;
      return connect(config, query, ears);
    },
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
        const words = `cannot reach ${serverName({ server: asked })} (${config.serverFrom}): ${reason}`;
        if (!isRefused) goOn(config, asked);
        tries += 1;
        const isNew = loop.model().state === null;
        const isHoped = !isNew || tries < triesOf(config);
        const isRoundOver = tries % (config.others.length + 1) === 0;
        if (!isRefused && isHoped && isNew && isRoundOver) config.onNobody?.(words);
        if (!isRefused && isHoped) return;
        const failure = isRefused ? notAllowed() : new Failure(words, { exit: EXIT.unreachable });
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
  socket.on('unexpected-response', (_request, { statusCode = 0, headers }) => {
    reason ??= statusWords(statusCode, {
      url,
      road,
      wants: 'upgrade',
      location: headers.location,
      contentType: headers['content-type'],
    });
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

/** The message about a lost or restored connection. */
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
