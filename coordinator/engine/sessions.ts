import { type CoordinatorFrame, type Hello, MAX_HELD } from '../../shared/wire/protocol.ts';

/** The parts of a hello that hold for its whole connection. */
export type Greeting = Pick<Hello, 'instanceId' | 'bootId' | 'commands' | 'report'> & {
  stateId: Hello['stateId'] | undefined;
  features: Hello['features'] | undefined;
};

export const greetingOf = ({ stateId, instanceId, bootId, features, commands, report }: Hello): Greeting => ({
  stateId,
  instanceId,
  bootId,
  features,
  commands: commands.length > 0 ? commands : NONE,
  report,
});

/** Shared, because most hosts keep no command. */
const NONE: Hello['commands'] = [];

/** A live connection of a host's agent, from its hello on. */
export type Session = {
  readonly hostId: string;
  /** From the latest hello on this connection. */
  hello: Greeting;
  send(frame: CoordinatorFrame): void;
  close(code: number, reason: string): void;
  /** Words of its host since this monotonic time may still be unread; null if all is read. */
  unreadSince(): number | null;
};

/**
 * Which connection speaks for each host.
 * S1 At most one session of a host counts; a newer one replaces it, and later words of the older one are ignored.
 * S2 A host is online from its welcome to its close.
 * S3 A hello names every command that its host keeps; commands begun since are known from the session's own words.
 */
export type Sessions = {
  of(hostId: string): Session | null;
  isOnline(hostId: string): boolean;
  isCurrent(session: Session): boolean;
  /** Makes `session` the one that counts; the host is online only after `welcome`. */
  open(session: Session): void;
  welcome(session: Session): void;
  /** The session spoke of this command, so its host keeps it. */
  spoke(session: Session, commandId: string): void;
  /** Whether the connected host keeps this command. */
  keeps(hostId: string, commandId: string): boolean;
  /** Forgets `session` if it is still the one that counts. */
  drop(session: Session): boolean;
  all(): Iterable<Session>;
  /** Words of this host since this monotonic time may still be unread, also those before a hello; null if all is read. */
  unreadSince(hostId: string): number | null;
  /** Asks this too: connections without a hello are known only to their owner. */
  askAlso(unreadSince: (hostId: string) => number | null): void;
};

export function createSessions(): Sessions {
  const current = new Map<string, Session>();
  /** Current sessions without a welcome yet. */
  const opening = new Set<Session>();
  /** Commands begun since the hello. Most sessions have none. */
  const begun = new Map<Session, Set<string>>();

  const asked = [(hostId: string): number | null => current.get(hostId)?.unreadSince() ?? null];

  const isCurrent = (session: Session) => current.get(session.hostId) === session;
  const forget = (session: Session): void => {
    opening.delete(session);
    begun.delete(session);
  };
  return {
    of: (hostId) => current.get(hostId) ?? null,
    isOnline(hostId) {
      const session = current.get(hostId);
      return session !== undefined && !opening.has(session);
    },
    isCurrent,
    open(session) {
      const before = current.get(session.hostId);
      if (before) forget(before);
      opening.add(session);
      current.set(session.hostId, session);
    },
    welcome: (session) => void opening.delete(session),
    spoke(session, commandId) {
      if (!isCurrent(session)) return;
      const ids = begun.get(session) ?? new Set();
      begun.set(session, ids.add(commandId));
      // No host keeps more, so it has dropped the one begun first.
      for (const first of ids) if (ids.size > MAX_HELD) ids.delete(first);
    },
    keeps(hostId, commandId) {
      const session = current.get(hostId);
      if (!session) return false;
      return begun.get(session)?.has(commandId) || session.hello.commands.some(({ id }) => id === commandId);
    },
    drop(session) {
      if (!isCurrent(session)) return false;
      forget(session);
      return current.delete(session.hostId);
    },
    all: () => current.values(),
    unreadSince(hostId) {
      const times = asked.map((ask) => ask(hostId)).filter((at) => at !== null);
      return times.length > 0 ? Math.min(...times) : null;
    },
    askAlso: (unreadSince) => void asked.push(unreadSince),
  };
}
