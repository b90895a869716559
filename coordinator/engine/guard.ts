import type { Log } from '../config/log.ts';

/** Runs `work`. A failure is logged, returns false, and stops nothing else. */
export type Guard = (what: string, run: () => void) => boolean;

export const createGuard =
  (log: Pick<Log, 'error'>): Guard =>
  (what, run) => {
    try {
      run();
      return true;
    } catch (err) {
      log.error({ err }, `${what} could not be dealt with`);
      return false;
    }
  };
