import type { CoordinatorFrame, Hello } from '../../shared/protocol.ts';

/** A live connection of a host's agent, from its hello on. */
export type Session = {
  hostId: string;
  /** The hello that counts: the last one on this connection. */
  hello: Hello;
  send(frame: CoordinatorFrame): void;
  close(code: number, reason: string): void;
};

/**
 * Which connection speaks for each host.
 *
 * S1 At most one session of a host counts; a newer one replaces it, and what the older one still says is not heard.
 * S2 A host is online from its welcome to its close.
 */
export type Sessions = {
  of(hostId: string): Session | null;
  isOnline(hostId: string): boolean;
  isCurrent(session: Session): boolean;
  /** Makes `session` the one that counts; the host is not online before `welcome`. */
  open(session: Session): void;
  welcome(session: Session): void;
  /** Forgets `session`, if it still is the one that counts. */
  drop(session: Session): boolean;
  all(): Iterable<Session>;
};

export function createSessions(): Sessions {
  const current = new Map<string, { session: Session; welcomed: boolean }>();
  const isCurrent = (session: Session) => current.get(session.hostId)?.session === session;
  return {
    of: (hostId) => current.get(hostId)?.session ?? null,
    isOnline: (hostId) => current.get(hostId)?.welcomed ?? false,
    isCurrent,
    open: (session) => void current.set(session.hostId, { session, welcomed: false }),
    welcome(session) {
      const entry = current.get(session.hostId);
      if (entry?.session === session) entry.welcomed = true;
    },
    drop: (session) => isCurrent(session) && current.delete(session.hostId),
    *all() {
      for (const { session } of current.values()) yield session;
    },
  };
}
