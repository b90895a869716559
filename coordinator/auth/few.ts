import type { Clock, TimerHandle } from '../../shared/clock.ts';

/** Tells a few of many alike one by one and counts the rest, so that a program that repeats itself does not fill the store. */
export type Few = {
  /** Whether this one is told by itself. */
  isTold(): boolean;
  close(): void;
};

/** `onMore` gets the number of those that were not told, each minute in which there were any. */
export function createFew({ clock, onMore }: { clock: Clock; onMore: (count: number) => void }): Few {
  let count = 0;
  let timer: TimerHandle | null = null;
  const ended = (): void => {
    const more = count - TOLD_ONE_BY_ONE;
    count = 0;
    timer = null;
    if (more > 0) onMore(more);
  };
  return {
    isTold() {
      timer ??= clock.setTimeout(ended, MINUTE_MS);
      count += 1;
      return count <= TOLD_ONE_BY_ONE;
    },
    close: () => clock.clearTimeout(timer),
  };
}

const MINUTE_MS = 60_000;
/** A minute. */
const TOLD_ONE_BY_ONE = 20;
