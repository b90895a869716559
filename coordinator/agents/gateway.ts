import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Clock, TimerHandle } from '../../shared/clock.ts';
import { decodeAgentFrame, decodeOutput, encodeFrame } from '../../shared/codec.ts';
import { createLivedTime } from '../../shared/lived-time.ts';
import {
  type AgentFrame,
  CLOSE,
  type CoordinatorFrame,
  type Hello,
  MAX_BAD_FRAMES,
  MAX_FRAME_BYTES,
  MAX_HELD,
  PING_AFTER_MS,
  PROTOCOL_VERSION,
  SILENCE_MS,
} from '../../shared/protocol.ts';
import { DRIFT_MS } from '../engine/deadlines.ts';
import type { Session } from '../engine/sessions.ts';
import { type Read, whenRead } from '../store/read.ts';
import { protocolOfHello } from './hello.ts';
import type { Intake } from './intake.ts';
import { inOrder, type Ordered } from './order.ts';
import { afterASecond, costOf, costOfControl, costOfHello } from './pace.ts';
import { answered, forgive, newReading, type Reading, spend } from './reading.ts';

/**
 * The agents' sockets: `GET /ws/agent` (docs/protocol.md section 2).
 * G1 A connection's token names its host, never the agent's words.
 * G2 Nothing on a connection counts before its hello.
 * G3 A host has few connections at a time, and each must say hello soon; beyond the limit, the oldest that does not speak for the
 *    host ends.
 * G4 The queue for an agent that does not read is bounded; beyond that the connection ends.
 * G5 A talkative host is read more slowly. Its words then wait in its own socket, and none is lost.
 * G6 A fault in a frame ends its connection and nothing else.
 */
export type Gateway = {
  /** Takes over an upgrade whose token is this host's. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, hostId: string): void;
  /** Closes every connection of the host, including one that has not said hello yet. */
  closeHost(hostId: string, code: number, reason: string): void;
  close(): Promise<void>;
};

export type GatewayDeps = { clock: Clock; log: Logger; intake: Intake };

const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;
const SWEEP_EVERY_MS = 1_000;
/** The one that speaks for the host; earlier ones may still be closing. */
const MAX_CONNECTIONS = 8;
/** How long agents have to answer a close before their sockets are cut. */
const CLOSE_WAIT_MS = 1_000;

type Connection = Reading &
  Ordered & {
    hostId: string;
    session: Session | null;
    badFrames: number;
    /** Frame types that were cut: each is reported once. Most connections have none, and there are many connections. */
    cutTypes: Set<string> | null;
    /** Slow reading was reported. */
    toldSlow: boolean;
    /** In lived time: what this process did not hear is no silence of the agent. */
    inboundAt: number;
    pinged: boolean;
    /** Wall clock minus monotonic clock when the agent learned the time, at its welcome. */
    clockOffset: number;
  };

export function createGateway({ clock, log, intake }: GatewayDeps): Gateway {
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false });
  const connections = new Set<Connection>();
  const byHost = new Map<string, Set<Connection>>();
  /** What departed hosts have spent: reconnecting resets nothing. */
  const debts = new Map<string, number>();
  const lived = createLivedTime({ clock, stepMs: 2 * SWEEP_EVERY_MS });

  /** The agent's idea of our clock runs on from its welcome. If the wall clock was set since, `notAfter` is sent on the agent's clock. */
  const onLearnedClock = (connection: Connection, frame: CoordinatorFrame): CoordinatorFrame => {
    const offset = clock.now() - clock.monotonic();
    if (frame.type === 'welcome') connection.clockOffset = offset;
    const drift = offset - connection.clockOffset;
    if (frame.type !== 'command.run' || Math.abs(drift) < DRIFT_MS) return frame;
    return { ...frame, payload: { ...frame.payload, notAfter: frame.payload.notAfter - drift } };
  };

  const send = (connection: Connection, frame: CoordinatorFrame): void => {
    const { socket } = connection;
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) socket.terminate();
    else socket.send(encodeFrame(onLearnedClock(connection, frame)));
  };

  const refuse = (connection: Connection, detail: string): void => {
    connection.badFrames += 1;
    send(connection, { type: 'error', payload: { code: 'bad_frame', detail } });
    if (connection.badFrames >= MAX_BAD_FRAMES) end(connection, CLOSE.badFrames, 'too many bad frames');
  };

  const refuseProtocol = (connection: Connection, protocol: string | number): void => {
    const detail = `this coordinator speaks protocol ${PROTOCOL_VERSION}, not ${protocol}`;
    send(connection, { type: 'error', payload: { code: 'protocol_version', detail } });
    end(connection, CLOSE.protocolVersion, 'protocol version');
  };

  const hello = (connection: Connection, payload: Hello): Read<void> => {
    if (payload.protocol !== PROTOCOL_VERSION) {
      refuseProtocol(connection, payload.protocol);
      return;
    }
    if (payload.commands.length > MAX_HELD) {
      refuse(connection, `hello: /commands must not have more than ${MAX_HELD} items`);
      return;
    }
    if (connection.session) connection.session.hello = payload;
    else
      connection.session = {
        hostId: connection.hostId,
        hello: payload,
        send: (frame) => send(connection, frame),
        close: (code, reason) => end(connection, code, reason),
        unreadSince: () => connection.unreadSince,
      };
    inbound(connection);
    pay(connection, costOfHello);
    return intake.hello(connection.session);
  };

  const text = (connection: Connection, data: string): Read<void> => {
    const decoded = decodeAgentFrame(data);
    if (decoded.kind === 'unknown') {
      if (!connection.session) refuse(connection, 'hello must come first');
      return;
    }
    if (decoded.kind === 'bad') {
      const protocol = protocolOfHello(data);
      if (protocol !== undefined && protocol !== PROTOCOL_VERSION) refuseProtocol(connection, protocol);
      else refuse(connection, decoded.detail);
      return;
    }
    const { frame, cut } = decoded;
    return whenRead(dealWith(connection, frame), () => {
      if (cut.length > 0) tellCut(connection, frame.type, cut);
    });
  };

  const dealWith = (connection: Connection, frame: AgentFrame): Read<void> => {
    if (frame.type === 'hello') return hello(connection, frame.payload);
    if (!connection.session) return refuse(connection, 'hello must come first');
    return whenRead(intake.frame(connection.session, frame), (isOwn) => {
      if (!isOwn) refuse(connection, `${frame.type}: a command of another host`);
    });
  };

  const tellCut = (connection: Connection, type: string, places: readonly string[]): void => {
    if (!connection.session || connection.cutTypes?.has(type)) return;
    connection.cutTypes ??= new Set();
    connection.cutTypes.add(type);
    intake.cut(connection.session, type, places);
  };

  const pay = (connection: Connection, cost: number): void => {
    if (!spend(connection, cost, clock.monotonic())) return;
    if (!connection.session || connection.toldSlow) return;
    connection.toldSlow = true;
    intake.slowed(connection.session);
  };

  /** The other side's answer must be read. */
  const end = ({ socket }: Connection, code: number, reason: string): void => {
    socket.close(code, reason);
    socket.resume();
  };

  const binary = (connection: Connection, data: Buffer): Read<void> => {
    const chunk = decodeOutput(data);
    if (!connection.session) return refuse(connection, 'hello must come first');
    if (!chunk) return refuse(connection, 'output: 16 bytes command id, 8 bytes offset, the bytes');
    return whenRead(intake.output(connection.session, chunk), (isOwn) => {
      if (!isOwn) refuse(connection, 'output: a command of another host');
    });
  };

  const attempt = (connection: Connection, handle: () => Read<void>): void =>
    inOrder(connection, handle, (err) => {
      log.error({ err, hostId: connection.hostId }, 'a frame could not be handled; its connection is closed');
      end(connection, CLOSE.internalError, 'a frame could not be handled');
    });

  /** Nothing before its hello keeps a connection alive. */
  const inbound = (connection: Connection): void => {
    if (!connection.session) return;
    connection.inboundAt = lived.now();
    connection.pinged = false;
  };

  const sweep = (): void => {
    const now = lived.now();
    for (const [hostId, spent] of debts) {
      if (spent > 0) debts.set(hostId, afterASecond(spent));
      else debts.delete(hostId);
    }
    for (const connection of connections) {
      // Nothing can be heard from it meanwhile.
      if (connection.socket.isPaused) connection.inboundAt = now;
      if (!connection.behind) forgive(connection, clock.monotonic());
      const silent = now - connection.inboundAt;
      if (silent >= SILENCE_MS) connection.socket.terminate();
      else if (silent >= PING_AFTER_MS && !connection.pinged) {
        connection.pinged = true;
        connection.socket.ping();
      }
    }
    timer = clock.setTimeout(sweep, SWEEP_EVERY_MS);
  };
  let timer: TimerHandle = clock.setTimeout(sweep, SWEEP_EVERY_MS);

  const opened = (socket: WebSocket, hostId: string): void => {
    const connection: Connection = {
      ...newReading(socket, debts.get(hostId) ?? 0),
      hostId,
      session: null,
      badFrames: 0,
      cutTypes: null,
      toldSlow: false,
      behind: null,
      inboundAt: lived.now(),
      pinged: false,
      clockOffset: clock.now() - clock.monotonic(),
    };
    connections.add(connection);
    const ofHost = byHost.get(hostId) ?? new Set();
    byHost.set(hostId, ofHost);
    if (ofHost.size >= MAX_CONNECTIONS)
      [...ofHost].find((other) => !other.session || other.socket.readyState !== socket.OPEN)?.socket.terminate();
    ofHost.add(connection);
    const heard = () => inbound(connection);
    socket.on('message', (data: RawData, isBinary: boolean) => {
      heard();
      if (socket.readyState !== socket.OPEN) return;
      pay(connection, costOf(data as Buffer, isBinary));
      attempt(connection, () =>
        isBinary ? binary(connection, data as Buffer) : text(connection, (data as Buffer).toString('utf8')),
      );
    });
    // ws answers pings, and ends the connection of a peer that does not read the answers.
    const control = () => {
      heard();
      if (socket.readyState === socket.OPEN) pay(connection, costOfControl);
    };
    socket.on('pong', (data) => {
      control();
      answered(connection, data, clock.monotonic());
    });
    socket.on('ping', control);
    // An oversized or broken frame: ws closes with the matching code.
    socket.on('error', (error) => log.debug({ hostId, reason: error.message }, 'agent connection failed'));
    socket.on('close', () => {
      connections.delete(connection);
      ofHost.delete(connection);
      if (ofHost.size === 0) byHost.delete(hostId);
      if (connection.spent > 0) debts.set(hostId, Math.max(connection.spent, debts.get(hostId) ?? 0));
      const { session } = connection;
      if (session) attempt(connection, () => intake.closed(session));
    });
  };

  return {
    accept: (request, socket, head, hostId) => {
      server.handleUpgrade(request, socket, head, (upgraded) => opened(upgraded, hostId));
    },
    closeHost(hostId, code, reason) {
      for (const connection of byHost.get(hostId) ?? []) end(connection, code, reason);
    },
    async close() {
      clock.clearTimeout(timer);
      const gone = [...connections].map(({ socket }) => new Promise<void>((resolve) => socket.once('close', resolve)));
      for (const connection of connections) end(connection, CLOSE.restarting, 'the coordinator is stopping');
      const cut = clock.setTimeout(() => {
        for (const { socket } of connections) socket.terminate();
      }, CLOSE_WAIT_MS);
      await Promise.all(gone);
      clock.clearTimeout(cut);
      server.close();
    },
  };
}
