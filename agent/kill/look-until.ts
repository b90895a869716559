import type { Clock } from '../../shared/time/clock.ts';

export type Looking = {
  /** Looks now instead of at the end of the present wait. */
  wake(): void;
  /** Looks no more, and never calls `onEnd`. */
  close(): void;
};

/** Looks again and again until a look says how it ended. `look`: the milliseconds until the next one, or the end; never rejects. */
export function lookUntil<End extends string>(deps: {
  clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  look(): Promise<number | End>;
  onEnd(end: End): Promise<void>;
}): Looking {
  const { clock } = deps;
  let closed = false;
  let wake = () => {};

  async function run(): Promise<void> {
    while (!closed) {
      const next = await deps.look();
      if (closed) return;
      if (typeof next === 'string') return deps.onEnd(next);
      await new Promise<void>((resolve) => {
        const timer = clock.setTimeout(resolve, next);
        wake = () => {
          clock.clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  void run();
  return {
    wake: () => wake(),
    close() {
      closed = true;
      wake();
    },
  };
}
