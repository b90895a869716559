import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import { createRate } from './rate.ts';

/**
 * Reports the first few of many like events singly and counts the rest, so that a program that repeats itself does not fill the
 * store: at most 62,000 rows a year. Every event is reported or counted.
 */
export type Few = {
  /** Whether this event is reported singly. `from`: its source as text, for the count. */
  isTold(from?: string): boolean;
  /** Reports the count so far. */
  close(): void;
};

export type FewDeps = {
  clock: Clock;
  /**
   * Gets the number and the sources of events not reported singly, a minute after the first of them and then once an hour. `sources`:
   * `20 from 192.0.2.1, 3 from 192.0.2.2`.
   */
  onMore: (count: number, sources: string) => void;
  /** Reports at most this many of a source singly in a minute, so that a busy one leaves room for others. */
  perMinute?: number;
};

export function createFew({ clock, onMore, perMinute = BURST }: FewDeps): Few {
  const rate = createRate(clock, perMinute);
  let sources = new Map<string, number>();
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
    const [more, from] = [count, sources];
    count = 0;
    sources = new Map();
    countedAt = clock.monotonic();
    if (more > 0) onMore(more, wordsOf(from));
  }

  return {
    isTold(from = '') {
      refill();
      if (left > 0 && rate.over(from) === null) {
        left -= 1;
        return true;
      }
      count += 1;
      const source = sources.has(from) || sources.size < MOST_SOURCES ? from : 'from elsewhere';
      sources.set(source, (sources.get(source) ?? 0) + 1);
      timer ??= clock.setTimeout(tell, Math.max(MINUTE_MS, countedAt + HOUR_MS - clock.monotonic()));
      return false;
    },
    close() {
      clock.clearTimeout(timer);
      tell();
    },
  };
}

/** The busiest sources, busiest first. */
function wordsOf(sources: ReadonlyMap<string, number>): string {
  const named = [...sources].sort(([, a], [, b]) => b - a);
  const more = named.length > NAMED ? [`and ${named.length - NAMED} more`] : [];
  return [...named.slice(0, NAMED).map(([source, count]) => `${count} ${source}`), ...more].join(', ');
}

/** The most sources that are counted apart, because strangers may use any number of addresses. */
const MOST_SOURCES = 100;
const NAMED = 5;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Events reported singly in a row. */
const BURST = 20;
/** Time after which one more is reported singly. */
const ONE_MORE_MS = 10 * MINUTE_MS;
