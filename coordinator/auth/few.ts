import type { Clock, TimerHandle } from '../../shared/clock.ts';

/**
 * Tells a few of many alike one by one and counts the rest, so that a program that repeats itself does not fill the store: at most
 * 62,000 in a year, whatever comes. Each is told or counted.
 */
export type Few = {
  /** Whether this one is told by itself. */
  isTold(): boolean;
  /** Tells the count so far. */
  close(): void;
};

/** `onMore` gets the number of those that were not told: a minute after the first, and then once an hour. */
export function createFew({ clock, onMore }: { clock: Clock; onMore: (count: number) => void }): Few {
  let left = BURST;
  let refilledAt = clock.monotonic();
  let count = 0;
  let countedAt = Number.NEGATIVE_INFINITY;
  let timer: TimerHandle | null = null;

  function refill(): void {
    const more = Math.floor((clock.monotonic() - refilledAt) / ONE_MORE_MS);
    left = Math.min(BURST, left + more);
    refilledAt += more * ONE_MORE_MS;
  }

  function tell(): void {
    timer = null;
    const more = count;
    count = 0;
    countedAt = clock.monotonic();
    if (more > 0) onMore(more);
  }

  return {
    isTold() {
      refill();
      if (left > 0) {
        left -= 1;
        return true;
      }
      count += 1;
      timer ??= clock.setTimeout(tell, Math.max(MINUTE_MS, countedAt + HOUR_MS - clock.monotonic()));
      return false;
    },
    close() {
      clock.clearTimeout(timer);
      tell();
    },
  };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Told one by one at a stretch. */
const BURST = 20;
/** After this time one more is. */
const ONE_MORE_MS = 10 * MINUTE_MS;
