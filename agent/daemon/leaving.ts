import type { Clock } from '../../shared/time/clock.ts';
import type { Log } from '../config/log.ts';

/** A service manager waits longer; everything on disk needs no goodbye. */
const LEAVE_MS = 4500;

export type Leaving = {
  /** Closes everything within 5 s; the first call's status counts. */
  leave(status: number, reason: string): Promise<void>;
  isLeaving(): boolean;
  /** There is something to close from now on. */
  stand(): void;
  /** The exit status, once everything is closed. */
  left: Promise<number>;
};

export function createLeaving({ clock, log, close }: { clock: Clock; log: Log; close(): Promise<void> }): Leaving {
  const { promise: left, resolve: leaveWith } = Promise.withResolvers<number>();
  const { promise: standing, resolve: stand } = Promise.withResolvers<void>();
  let leaving = false;
  return {
    async leave(status, reason) {
      if (leaving) return;
      leaving = true;
      log.info({ reason, status }, 'leaving');
      // An exit found during the start may ask for this before there is anything to close.
      await standing;
      const limit = clock.setTimeout(() => leaveWith(status), LEAVE_MS);
      await close();
      clock.clearTimeout(limit);
      leaveWith(status);
    },
    isLeaving: () => leaving,
    stand,
    left,
  };
}
