import type { Clock } from '../../shared/time/clock.ts';
import { decodeAgentFrame, decodeOutput } from '../../shared/wire/codec.ts';
import {
  type AgentFrame,
  CLOSE,
  type CoordinatorFrame,
  type Hello,
  MAX_BAD_FRAMES,
  MAX_HELD,
  PROTOCOL_VERSION,
} from '../../shared/wire/protocol.ts';
import { type Greeting, greetingOf, type Session } from '../engine/sessions.ts';
import { type Read, whenRead } from '../store/read.ts';
import { type Connection, endConnection as end, sendFrame } from './connection.ts';
import { protocolOfHello } from './hello.ts';
import type { Intake } from './intake.ts';

/** Takes the frames of agents' sockets and refuses bad ones. */
export type Frames = {
  text(connection: Connection, data: string): Read<void>;
  binary(connection: Connection, data: Buffer): Read<void>;
};

export type FramesDeps = {
  clock: Clock;
  intake: Intake;
  /** When the oldest frame came that waits to be handled, if frames of this connection wait. Monotonic. */
  waitsSince: (connection: Connection) => number | null;
  /** The connection said hello and now has a session. */
  greeted: (connection: Connection) => void;
};

export function createFrames({ clock, intake, waitsSince, greeted }: FramesDeps): Frames {
  const send = (connection: Connection, frame: CoordinatorFrame): void => sendFrame(clock, connection, frame);

  /** A class, because closures would take 200 bytes more for each idle connection. */
  class AgentSession implements Session {
    readonly hostId: string;
    hello: Greeting;
    readonly #connection: Connection;

    constructor(connection: Connection, hello: Greeting) {
      this.hostId = connection.hostId;
      this.hello = hello;
      this.#connection = connection;
    }

    send(frame: CoordinatorFrame): void {
      send(this.#connection, frame);
    }

    close(code: number, reason: string): void {
      end(this.#connection, code, reason);
    }

    unreadSince(): number | null {
      const { unreadSince } = this.#connection;
      const since = waitsSince(this.#connection);
      return unreadSince === null || since === null ? (unreadSince ?? since) : Math.min(unreadSince, since);
    }
  }

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
    // It waited to be handled, and its connection has ended meanwhile.
    if (connection.isGone) return;
    connection.session ??= new AgentSession(connection, greetingOf(payload));
    greeted(connection);
    return intake.hello(connection.session, payload);
  };

  const text = (connection: Connection, data: string): Read<void> => {
    if (connection.session && intake.repeat(connection.session, data)) return;
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
    if (connection.isGone && !connection.session) return;
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

  const binary = (connection: Connection, data: Buffer): Read<void> => {
    const chunk = decodeOutput(data);
    if (!connection.session) return refuse(connection, 'hello must come first');
    if (!chunk) return refuse(connection, 'output: 16 bytes command id, 8 bytes offset, the bytes');
    return whenRead(intake.output(connection.session, chunk), (isOwn) => {
      if (!isOwn) refuse(connection, 'output: a command of another host');
    });
  };

  return { text, binary };
}
