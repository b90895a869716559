import { type CoordinatorFrame, type Hello, MAX_HELD } from '../../shared/protocol.ts';

/** A live connection of a host's agent, from its hello on. */
export type Session = {
  hostId: string;
  /** The hello that counts: the latest on this connection. */
  hello: Hello;
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
};

export function createSessions(): Sessions {
  const current = new Map<string, { session: Session; welcomed: boolean; begun: Set<string> }>();
  const isCurrent = (session: Session) => current.get(session.hostId)?.session === session;
  return {
    of: (hostId) => current.get(hostId)?.session ?? null,
    isOnline: (hostId) => current.get(hostId)?.welcomed ?? false,
    isCurrent,
    open: (session) => void current.set(session.hostId, { session, welcomed: false, begun: new Set() }),
    welcome(session) {
      const entry = current.get(session.hostId);
      if (entry?.session === session) entry.welcomed = true;
    },
    spoke(session, commandId) {
      const begun = current.get(session.hostId)?.begun;
      if (!begun || !isCurrent(session)) return;
      begun.add(commandId);
      // No host keeps more, so it has dropped the one begun first.
      for (const first of begun) if (begun.size > MAX_HELD) begun.delete(first);
    },
    keeps(hostId, commandId) {
      const entry = current.get(hostId);
      if (!entry) return false;
      return entry.begun.has(commandId) || entry.session.hello.commands.some(({ id }) => id === commandId);
    },
    drop: (session) => isCurrent(session) && current.delete(session.hostId),
    *all() {
      for (const { session } of current.values()) yield session;
    },
  };
}
