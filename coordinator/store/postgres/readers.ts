/**
 * A few sessions that many reads share.
 * Q1 A question waits as long as it takes until a session is free: a whole fleet that comes back asks much at once. If the database is
 *    away, the sessions are cut, and all waiting questions are refused.
 * Q2 A session that cannot be opened refuses the question for which it was opened, and all waiting ones if there is no other session.
 * node-postgres' Pool does neither: its time limit for opening a session also ends the wait for one, and its `end` leaves waiting
 * questions without an answer.
 */
export type Readers<Session> = {
  use<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  /** Refuses the waiting questions, and all later ones. */
  close(cause: Error): void;
};

export function createReaders<Session>(most: number, open: () => Promise<Session>): Readers<Session> {
  const free: Session[] = [];
  const waiting = new Set<PromiseWithResolvers<Session>>();
  let opened = 0;
  let closed: Error | null = null;

  function refuseAll(cause: unknown): void {
    for (const one of waiting) one.reject(cause);
    waiting.clear();
  }

  async function take(): Promise<Session> {
    if (closed) throw closed;
    const session = free.pop();
    if (session) return session;
    if (opened === most) {
      const turn = Promise.withResolvers<Session>();
      waiting.add(turn);
      return turn.promise;
    }
    opened += 1;
    try {
      return await open();
    } catch (cause) {
      opened -= 1;
      if (opened === 0) refuseAll(cause);
      throw cause;
    }
  }

  function give(session: Session): void {
    for (const next of waiting) {
      waiting.delete(next);
      next.resolve(session);
      return;
    }
    free.push(session);
  }

  return {
    async use(work) {
      const session = await take();
      try {
        return await work(session);
      } finally {
        give(session);
      }
    },
    close(cause) {
      closed = cause;
      refuseAll(cause);
    },
  };
}
