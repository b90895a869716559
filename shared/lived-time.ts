import type { Clock } from './clock.ts';

/**
 * Monotonic milliseconds during which this process could hear. A stopped process, or one with a blocked event loop, hears nobody;
 * on the monotonic clock that looks exactly like a silence of everyone else.
 */
export type LivedTime = {
  /** Call at least every `stepMs`: a longer interval between two calls counts only that much. */
  now(): number;
};

/** `onGap` gets the milliseconds that were left out, before `now` returns. */
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
