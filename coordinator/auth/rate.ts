import type { Clock } from '../../shared/time/clock.ts';

/** Counts by key in windows of a minute. */
export type Rate = {
  /** Counts one. Returns the seconds to wait if there were too many, else null. */
  over(key: string): number | null;
};

const WINDOW_MS = 60_000;

export function createRate(clock: Pick<Clock, 'monotonic'>, max: number): Rate {
  let counts = new Map<string, number>();
  let endsAt = Number.NEGATIVE_INFINITY;
  return {
    over(key) {
      const now = clock.monotonic();
      if (now >= endsAt) {
        counts = new Map();
        endsAt = now + WINDOW_MS;
      }
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return count > max ? Math.ceil((endsAt - now) / 1000) : null;
    },
  };
}
