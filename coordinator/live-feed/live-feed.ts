import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { endSockets } from '../../shared/network/end-sockets.ts';
import { createLivedTime } from '../../shared/time/lived-time.ts';
import { CLOSE } from '../../shared/wire/protocol.ts';
import type { Caller } from '../auth/auth.ts';
import type { Log } from '../config/log.ts';
import type { Change, Feed } from '../engine/changes.ts';
import { createLiveFeedClient, type LiveFeedClient } from './client.ts';
import { createPublishedState, type PublishedStateDeps } from './published-state.ts';
import type { LiveFeedRequestsDeps } from './requests.ts';
import { serveClient } from './serving.ts';

/**
 * The live feed: `GET /ws/dashboard` (docs/protocol.md section 5). published-state.ts keeps the state of its clients.
 */
export type LiveFeed = {
  /** Takes over an upgrade that may be let in. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, caller: Caller): void;
  close(): Promise<void>;
};

export type LiveFeedDeps = LiveFeedRequestsDeps &
  Omit<PublishedStateDeps, 'hasClients' | 'catchesUp' | 'onPublished'> & {
    log: Log;
    feed: Pick<Feed, 'subscribe'>;
    /** Resolves once the present changes are stored; rejects if they were taken back. */
    committed: () => Promise<void>;
  };

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
  const { clock, log, feed, guard } = deps;
  const clients = new Set<LiveFeedClient>();
  const published = createPublishedState({
    ...deps,
    hasClients: () => clients.size > 0,
    catchesUp: () => [...clients].some((client) => client.catchesUp()),
    onPublished() {
      for (const client of clients) client.pump();
    },
  });
  const { epoch, deltas } = published;
  const lived = createLivedTime({ clock, stepMs: SYNC_EVERY_MS + LATE_MS });
  const server = new WebSocketServer(SERVER);

  const unsubscribe = feed.subscribe((changes) => {
    for (const change of changes) wakeOutputs(clients, change);
    published.add(changes);
  });

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
      state: published.whole,
    });
    clients.add(client);
    const stay = whenOver?.(() => socket.close(CLOSE.tokenRevoked, 'what opened this has ended'));
    serveClient(deps, client, {
      heard() {
        client.heardAt = lived.now();
      },
      left() {
        clients.delete(client);
        stay?.();
        if (clients.size === 0) published.sleepSoon();
      },
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
          if (!isOpen) one.close(CLOSE.internalError, 'the state could not be sent');
        });
        if (clients.size === 0) published.sleepSoon();
      };
      // A client that comes within a turn must not see changes that the turn may take back.
      void deps
        .committed()
        .catch(() => {})
        .then(published.wake)
        .catch((err) => log.error({ err }, 'the state of the live feed could not be read'))
        .then(open);
    },
    async close() {
      clock.clearTimeout(syncing);
      published.close();
      unsubscribe();
      await endSockets(
        clock,
        [...clients].map(({ socket }) => socket),
        CLOSE_WAIT_MS,
        (socket) => socket.close(CLOSE.restarting, 'the coordinator is stopping'),
      );
      // The last client that left armed the timer again.
      published.close();
      server.close();
    },
  };
}

/** The state that a client already has, by its URL. */
function resumption(url: string): { epoch: string | null; version: number | null } {
  const query = new URLSearchParams(url.split('?')[1]);
  const version = query.get('version') ?? '';
  return { epoch: query.get('epoch'), version: /^\d{1,15}$/.test(version) ? Number(version) : null };
}

/** A browser that offers its token as a protocol needs one of its offers as the answer; any other offer is better than the token. */
const chosenProtocol = (offered: ReadonlySet<string>): string | false =>
  [...offered].find((name) => !name.startsWith('bearer.')) ?? [...offered][0] ?? false;

const SERVER: ServerOptions = {
  noServer: true,
  maxPayload: MAX_REQUEST_BYTES,
  perMessageDeflate: DEFLATE,
  handleProtocols: chosenProtocol,
};

function wakeOutputs(clients: Iterable<LiveFeedClient>, change: Change): void {
  const id = change.type === 'output' ? change.commandId : change.type === 'command' ? change.command.id : null;
  if (id !== null) for (const { outputs } of clients) outputs.get(id)?.wake();
}
