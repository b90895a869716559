import type { Clock } from '../../shared/time/clock.ts';
import type { Deadline } from '../lifecycle/deadline.ts';
import type { Sessions } from './sessions.ts';

/** Deadlines that have passed while earlier words of their host still wait to be read: the awaited word may be among them. */
export type Unread = {
  /** True while such a word may be there. */
  mayHold(id: string, hostId: string, due: Deadline): boolean;
  forget(id: string): void;
};

/**
 * A host that never stops talking and answers no ping can't postpone its deadlines longer than this. Full buffers of both
 * machines are read sooner.
 */
const READ_WITHIN_MS = 600_000;

export function createUnread(deps: { clock: Clock; sessions: Pick<Sessions, 'unreadSince'> }): Unread {
  const { clock, sessions } = deps;
  /** Since when, on the monotonic clock. */
  const passed = new Map<string, { dueAt: number; since: number }>();
  return {
    mayHold(id, hostId, due) {
      const unreadSince = sessions.unreadSince(hostId);
      if (unreadSince === null) return false;
      const now = clock.monotonic();
      let known = passed.get(id);
      if (known?.dueAt !== due.at) {
        known = { dueAt: due.at, since: now };
        passed.set(id, known);
      }
      return unreadSince <= known.since && now - known.since < READ_WITHIN_MS;
    },
    forget: (id) => void passed.delete(id),
  };
}
