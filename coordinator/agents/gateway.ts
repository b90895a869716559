import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { endSockets } from '../../shared/network/end-sockets.ts';
import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import { createLivedTime } from '../../shared/time/lived-time.ts';
import { CLOSE, MAX_FRAME_BYTES, PING_AFTER_MS, SILENCE_MS } from '../../shared/wire/protocol.ts';
import type { Sessions } from '../engine/sessions.ts';
import type { Read } from '../store/read.ts';
import { agentSocketsFor } from './agent-socket.ts';
import { createBacklog } from './backlog.ts';
import { answerPing, type Connection, endConnection as end, newConnection } from './connection.ts';
import { createConnections } from './connections.ts';
import { createFrames } from './frames.ts';
import type { Intake } from './intake.ts';
import { createOrder } from './order.ts';
import { costOf, costOfControl, costOfHello, isSpent } from './pace.ts';
import { answered, isAllRead, pauseReading, readOn, spend } from './reading.ts';
import './read-pieces.ts';
import { createSilence } from './silence.ts';

/**
 * The agents' sockets: `GET /ws/agent` (docs/protocol.md section 2).
 * G1 A connection's token names its host, never the agent's words.
 * G2 Nothing on a connection counts before its hello.
 * G3 A host has few connections at a time, and each must say hello soon; beyond the limit, the oldest that does not speak for the
 *    host ends.
 * G4 The queue for an agent that does not read is bounded; beyond that the connection ends.
 * G5 A talkative host is read more slowly. Its frames wait in its own socket, and none is lost.
 * G6 A fault in a frame ends its connection and nothing else.
 * G7 Pings are answered however many frames wait to be handled (backlog.ts).
 */
export type Gateway = {
  /** Takes over an upgrade whose token is this host's. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, hostId: string): void;
  /** Closes every connection of the host, including one that has not said hello yet. */
  closeHost(hostId: string, code: number, reason: string): void;
  close(): Promise<void>;
};

export type GatewayDeps = {
  clock: Clock;
  log: Logger;
  intake: Intake;
  sessions: Pick<Sessions, 'askAlso'>;
  /** Runs once at the end of the present turn of the event loop. */
  defer: (run: () => void) => void;
};

const SWEEP_EVERY_MS = 1_000;
/** The one that speaks for the host; earlier ones may still be closing. */
const MAX_CONNECTIONS = 8;
/** How long agents have to answer a close before their sockets are cut. */
const CLOSE_WAIT_MS = 1_000;

export function createGateway({ clock, log, intake, sessions, defer }: GatewayDeps): Gateway {
  const connections = createConnections();
  const lived = createLivedTime({ clock, stepMs: 2 * SWEEP_EVERY_MS });
  const silence = createSilence<Connection>();
  /** Connections whose socket may be paused, or was lately: few. */
  let heldUp: Connection[] = [];

  const holdUp = (connection: Connection): void => {
    if (!connection.isHeldUp) heldUp.push(connection);
    connection.isHeldUp = true;
  };

  const pay = (connection: Connection, cost: number): void => {
    if (!spend(connection, cost, clock.monotonic())) return;
    holdUp(connection);
    if (!connection.session || connection.toldSlow) return;
    connection.toldSlow = true;
    intake.slowed(connection.session);
  };

  const resume = ({ socket, busyUntil }: Connection): void => {
    if (!isSpent(busyUntil, clock.monotonic())) socket.resume();
  };

  const inOrder = createOrder<Connection>({
    failed(connection, err) {
      log.error({ err, hostId: connection.hostId }, 'a frame could not be handled; its connection is closed');
      end(connection, CLOSE.internalError, 'a frame could not be handled');
    },
    goneOn(connection) {
      connection.readSince = null;
      resume(connection);
    },
  });

  const attempt = (connection: Connection, cameAt: number, handle: () => Read<void>): void => {
    inOrder(connection, handle);
    if (!connection.behind) return;
    connection.readSince ??= cameAt;
    holdUp(connection);
  };

  /** Nothing before its hello keeps a connection alive. */
  const inbound = (connection: Connection): void => {
    if (!connection.session || connection.isGone) return;
    silence.heard(connection.place, lived.now());
    connection.pinged = false;
  };

  const backlog = createBacklog<Connection>({
    clock,
    defer,
    hosts: connections.hosts,
    handle: (connection, frame, isBinary, cameAt) =>
      attempt(connection, cameAt, () => {
        // Its agent says it again on its next connection, as it does with all that is still to be read from this one.
        if (connection.isEnded) return;
        return isBinary ? frames.binary(connection, frame) : frames.text(connection, frame.toString('utf8'));
      }),
    ended(connection) {
      const { session } = connection;
      if (session) attempt(connection, clock.monotonic(), () => intake.closed(session));
    },
    pause(connection) {
      pauseReading(connection, clock.monotonic());
      holdUp(connection);
    },
    drained(connection) {
      if (connection.socket.isPaused && !connection.behind) resume(connection);
    },
  });

  /** No frame behind one that waits for its records came before it. */
  const waitsSince = (connection: Connection): number | null => connection.readSince ?? backlog.since(connection);

  // A host whose hello waits has no session that could be asked.
  sessions.askAlso((id) => connections.ofHost(id).reduce<number | null>((at, one) => at ?? waitsSince(one), null));

  const frames = createFrames({
    clock,
    intake,
    waitsSince,
    greeted(connection) {
      inbound(connection);
      pay(connection, costOfHello);
    },
  });

  const sweep = (): void => {
    const [now, monotonic] = [lived.now(), clock.monotonic()];
    connections.dropDebts(monotonic);
    heldUp = heldUp.filter((connection) => {
      if (connection.isGone) return false;
      // Nothing can be heard from it meanwhile.
      if (connection.socket.isPaused) silence.heard(connection.place, now);
      if (!connection.behind && !backlog.isFull()) readOn(connection, monotonic);
      connection.isHeldUp = connection.behind !== null || !isAllRead(connection);
      return connection.isHeldUp;
    });
    silence.look(now, PING_AFTER_MS, (connection, silentMs) => {
      // One whose frames wait has spoken, perhaps its hello.
      if (silentMs >= SILENCE_MS && connection.waiting === 0) connection.socket.terminate();
      else if (!connection.pinged) {
        connection.pinged = true;
        connection.socket.ping();
      }
    });
    timer = clock.setTimeout(sweep, SWEEP_EVERY_MS);
  };
  let timer: TimerHandle = clock.setTimeout(sweep, SWEEP_EVERY_MS);

  const opened = (socket: WebSocket, hostId: string): void => {
    const connection = newConnection(clock, socket, hostId, connections.debtOf(hostId));
    connection.place = silence.add(connection, lived.now());
    const others = connections.ofHost(hostId);
    if (others.length >= MAX_CONNECTIONS)
      others.find((other) => !other.session || other.socket.readyState !== socket.OPEN)?.socket.terminate();
    connections.add(connection);
  };

  const control = (connection: Connection): void => {
    inbound(connection);
    if (connection.socket.readyState === connection.socket.OPEN) pay(connection, costOfControl);
  };

  const server = new WebSocketServer({
    ...{
      noServer: true,
      clientTracking: false,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      autoPong: false,
    },
    WebSocket: agentSocketsFor({
      message(connection, data, isBinary) {
        inbound(connection);
        if (connection.socket.readyState !== connection.socket.OPEN) return;
        pay(connection, costOf(data, isBinary));
        backlog.add(connection, data, isBinary);
      },
      ping(connection, data) {
        answerPing(connection, data);
        control(connection);
      },
      pong(connection, data) {
        control(connection);
        answered(connection, data, clock.monotonic());
      },
      close(connection) {
        connections.remove(connection);
        silence.drop(connection.place);
        connection.isGone = true;
        backlog.end(connection);
      },
      // An oversized or broken frame: ws closes with the matching code.
      error: (connection, { message }) =>
        log.debug({ hostId: connection?.hostId, reason: message }, 'agent connection failed'),
    }),
  });

  return {
    accept: (request, socket, head, hostId) => {
      server.handleUpgrade(request, socket, head, (upgraded) => opened(upgraded, hostId));
    },
    closeHost(hostId, code, reason) {
      for (const connection of connections.ofHost(hostId)) end(connection, code, reason);
    },
    async close() {
      clock.clearTimeout(timer);
      await endSockets(
        clock,
        [...connections.all()].map(({ socket }) => socket),
        CLOSE_WAIT_MS,
        (socket) => end({ socket, isEnded: true }, CLOSE.restarting, 'the coordinator is stopping'),
      );
      backlog.close();
      server.close();
    },
  };
}
