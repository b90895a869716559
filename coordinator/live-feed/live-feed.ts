import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { AttentionItem } from '../../shared/attention.ts';
import type { Clock, TimerHandle } from '../../shared/clock.ts';
import type { FeedChange } from '../../shared/feed/frames.ts';
import { applyChange, type FeedState, snapshotOf } from '../../shared/feed/state.ts';
import type { Host } from '../../shared/host.ts';
import { newId } from '../../shared/ids.ts';
import { createLivedTime } from '../../shared/lived-time.ts';
import { CLOSE } from '../../shared/protocol.ts';
import type { RolloutHost, RolloutSummary } from '../../shared/rollout.ts';
import type { Caller } from '../auth/auth.ts';
import type { Log } from '../config/log.ts';
import type { Change, Feed } from '../engine/changes.ts';
import type { Guard } from '../engine/guard.ts';
import { type Read, whenRead } from '../store/read.ts';
import { createLiveFeedBatch } from './batch.ts';
import { createLiveFeedClient, type LiveFeedClient } from './client.ts';
import { createLiveFeedDeltas } from './deltas.ts';
import { answerRequest, type LiveFeedRequestsDeps } from './requests.ts';

/**
 * The live feed: `GET /ws/dashboard` (docs/protocol.md section 5).
 *
 * L1 `state` is what every client has that was sent all deltas: it changes by publishing, and by nothing else.
 * L2 Changes of `BATCH_MS` are one delta, made and serialised once for all clients; several where it would be longer than `DELTA_BYTES`.
 * L3 Where nobody has listened for `AWAKE_MS`, nothing is made: the next who comes finds a state made for it, and a version
 *    that nobody can come to by deltas.
 */
export type LiveFeed = {
  /** Takes over an upgrade that may be let in. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, caller: Caller): void;
  close(): Promise<void>;
};

export type LiveFeedDeps = LiveFeedRequestsDeps & {
  clock: Clock;
  log: Log;
  feed: Pick<Feed, 'subscribe'>;
  /** All that is known now, for the first who comes. */
  load: () => Read<FeedState>;
  /** Resolves when what is known is also stored; rejects where it was taken back. */
  committed: () => Promise<void>;
  /** Puts people's names beside their subjects. */
  named: <Value>(value: Value) => Value;
  host: (hostId: string) => Host | null;
  attention: () => AttentionItem[];
  rollout: (id: string) => RolloutSummary | null;
  rolloutHost: (id: string, hostId: string) => RolloutHost | null;
  guard: Guard;
  /** How many deltas are held, and how many bytes of them. */
  held?: { maxDeltas?: number; maxBytes?: number };
};

const BATCH_MS = 100;
const DELTA_BYTES = 1024 * 1024;
const AWAKE_MS = 60_000;
const SYNC_EVERY_MS = 15_000;
/** A client that reads answers the ping of each sync. */
const SILENCE_MS = 30_000;
/** A sync that is later than this shows that nobody was heard meanwhile. */
const LATE_MS = 1_000;
/** How long clients have to answer a close before their sockets are cut. */
const CLOSE_WAIT_MS = 1_000;
/** Nothing is kept of a connection between two states: many may listen. */
const DEFLATE = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  concurrencyLimit: 4,
  zlibDeflateOptions: { level: 5 },
};
const MAX_REQUEST_BYTES = 16 * 1024;

export function createLiveFeed(deps: LiveFeedDeps): LiveFeed {
  const { clock, log, feed, load, guard } = deps;
  const epoch = newId();
  const clients = new Set<LiveFeedClient>();
  const deltas = createLiveFeedDeltas(deps.held);
  const batch = createLiveFeedBatch(deps);
  const lived = createLivedTime({ clock, stepMs: SYNC_EVERY_MS + LATE_MS });
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_REQUEST_BYTES,
    perMessageDeflate: DEFLATE,
    handleProtocols: chosenProtocol,
  });
  /** Null while nobody listens. */
  let state: FeedState | null = null;
  /** While the state is read. */
  let loading: Promise<void> | null = null;
  let missed = false;
  /** The whole state as it was last serialised, without its type. */
  let whole: { version: number; json: string } | null = null;
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
    whole = null;
    for (const changes of inBatches(told))
      deltas.push((version) => Buffer.from(`{"type":"delta","version":${version},"changes":[${changes.join(',')}]}`));
    for (const client of clients) client.pump();
  }

  /** As JSON; what can't be told is not taken either. */
  function take(state: FeedState, change: FeedChange): string {
    const json = JSON.stringify(deps.named(change));
    applyChange(state, change);
    return json;
  }

  function wakeOutputs(change: Change): void {
    const id = change.type === 'output' ? change.commandId : change.type === 'command' ? change.command.id : null;
    if (id !== null) for (const { outputs } of clients) outputs.get(id)?.wake();
  }

  const unsubscribe = feed.subscribe((changes) => {
    for (const change of changes) {
      wakeOutputs(change);
      if (state || loading !== null) batch.add(change);
      else missed ||= change.type !== 'output';
    }
    publishSoon();
  });

  function publishSoon(): void {
    if (!batch.isEmpty()) publishing ??= clock.setTimeout(publish, BATCH_MS);
  }

  function wake(): Read<void> {
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
  }

  function sleepSoon(): void {
    if (clients.size === 0) fallingAsleep ??= clock.setTimeout(fallAsleep, AWAKE_MS);
  }

  function fallAsleep(): void {
    publish();
    state = null;
    whole = null;
    missed = false;
  }

  function wholeState(type: 'init' | 'full_state'): { version: number; frame: Buffer } {
    const version = deltas.version();
    if (!state) throw new Error('a client is there, but no state');
    if (whole?.version !== version) {
      // No host names a person, and there may be thousands.
      const { hosts, ...rest } = snapshotOf(state);
      whole = { version, json: JSON.stringify({ hosts, ...deps.named(rest) }) };
    }
    const head = `{"type":"${type}","epoch":"${epoch}","version":${version},"serverTime":${clock.now()}`;
    return { version, frame: Buffer.from(`${head},"state":${whole.json}}`) };
  }

  function opened(socket: WebSocket, url: string, { principal, whenOver }: Caller): void {
    const { epoch: known, version } = resumption(url);
    const canResume = known === epoch && version !== null && deltas.reaches(version);
    const client = createLiveFeedClient({
      socket,
      principal,
      now: lived.now(),
      version: canResume ? version : null,
      deltaAfter: deltas.after,
      reaches: deltas.reaches,
      state: wholeState,
    });
    clients.add(client);
    const stay = whenOver?.(() => socket.close(CLOSE.tokenRevoked, 'what opened this has ended'));
    const heard = () => {
      client.heardAt = lived.now();
    };
    /** One request after the other. */
    let asking: Read<void>;
    socket.on('pong', heard);
    socket.on('message', (data, isBinary) => {
      heard();
      if (socket.readyState !== socket.OPEN) return;
      const fail = (err: unknown) => {
        log.error({ err }, 'a request of the live feed could not be dealt with');
        socket.close(CLOSE.internalError, 'a request could not be answered');
      };
      try {
        asking = whenRead(asking, () => answerRequest(deps, client, isBinary ? null : String(data)));
        if (asking instanceof Promise) asking = asking.catch(fail);
      } catch (err) {
        fail(err);
      }
    });
    socket.on('error', (error) => log.debug({ reason: error.message }, 'a connection of the live feed failed'));
    socket.on('close', () => {
      clients.delete(client);
      stay?.();
      for (const output of client.outputs.values()) output.close();
      client.closed();
      sleepSoon();
    });
    if (canResume && client.isAt(deltas.version())) sendSync(client);
    client.pump();
  }

  const sendSync = (client: LiveFeedClient): void =>
    client.send({ type: 'sync', version: deltas.version(), serverTime: clock.now() });

  function syncAll(): void {
    const now = lived.now();
    for (const client of clients) {
      if (now - client.heardAt >= SILENCE_MS) client.socket.close(CLOSE.tryLater, 'this client does not read');
      else {
        client.socket.ping();
        if (client.isAt(deltas.version())) sendSync(client);
      }
    }
    syncing = clock.setTimeout(syncAll, SYNC_EVERY_MS);
  }
  let syncing = clock.setTimeout(syncAll, SYNC_EVERY_MS);

  return {
    accept(request, socket, head, caller) {
      const open = () => {
        server.handleUpgrade(request, socket, head, (one) => {
          const isOpen = guard('a client of the live feed', () => opened(one, request.url ?? '', caller));
          if (!isOpen) one.close(CLOSE.internalError, 'the state could not be told');
        });
        sleepSoon();
      };
      // Who is let in within a turn must not be shown what the turn may take back.
      void deps
        .committed()
        .catch(() => {})
        .then(wake)
        .catch((err) => log.error({ err }, 'the state of the live feed could not be read'))
        .then(open);
    },
    async close() {
      for (const timer of [syncing, publishing, fallingAsleep]) clock.clearTimeout(timer);
      unsubscribe();
      const sockets = [...clients].map(({ socket }) => socket);
      const gone = sockets.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
      for (const socket of sockets) socket.close(CLOSE.restarting, 'the coordinator is stopping');
      const cut = clock.setTimeout(() => {
        for (const socket of sockets) socket.terminate();
      }, CLOSE_WAIT_MS);
      await Promise.all(gone);
      clock.clearTimeout(cut);
      clock.clearTimeout(fallingAsleep);
      server.close();
    },
  };
}

/** In their order, as many together as a delta holds. */
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

/** The state that a client already has, by its URL. */
function resumption(url: string): { epoch: string | null; version: number | null } {
  const query = new URLSearchParams(url.split('?')[1]);
  const version = query.get('version') ?? '';
  return { epoch: query.get('epoch'), version: /^\d{1,15}$/.test(version) ? Number(version) : null };
}

/** A browser that offers its token as a protocol must be answered one that it offered; rather another than the token. */
const chosenProtocol = (offered: ReadonlySet<string>): string | false =>
  [...offered].find((name) => !name.startsWith('bearer.')) ?? [...offered][0] ?? false;
