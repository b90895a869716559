import type { Clock, TimerHandle } from '../../shared/clock.ts';

/**
 * Reports the first few of many like events singly and counts the rest, so that a program that repeats itself does not fill the
 * store: at most 62,000 rows a year. Every event is reported or counted.
 */
export type Few = {
  /** Whether this one is reported singly. */
  isTold(): boolean;
  /** Reports the count so far. */
  close(): void;
};

/** `onMore` gets the number of events not reported singly: a minute after the first of them, then once an hour. */
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
/** Events reported singly in a row. */
const BURST = 20;
/** Time after which one more is reported singly. */
const ONE_MORE_MS = 10 * MINUTE_MS;
