import type { Clock } from './clock.ts';

/**
 * Monotonic milliseconds that this process lived through. A process that was stopped, or whose event loop was held up, has heard nobody
 * meanwhile; on the monotonic clock that looks exactly like a silence of all the others.
 */
export type LivedTime = {
  /** To be asked at least every `stepMs`: what lies between two askings counts no more than that. */
  now(): number;
};

/** `onGap` is told of the milliseconds that were left out, before `now` answers. */
export function createLivedTime(deps: { clock: Clock; stepMs: number; onGap?: (byMs: number) => void }): LivedTime {
  const { clock, stepMs } = deps;
  let askedAt = clock.monotonic();
  let lived = 0;
  return {
    now() {
      const passed = clock.monotonic() - askedAt;
      askedAt += passed;
      lived += Math.min(passed, stepMs);
      if (passed > stepMs) deps.onGap?.(passed - stepMs);
      return lived;
    },
  };
}
