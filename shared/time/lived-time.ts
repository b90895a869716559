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

const LOOK_EVERY_MS = 1_000;
/** A timer is often late by less than this. */
const LATE_MS = 500;

/**
 * Runs once this process has lived through `delayMs`, and no sooner than a moment after a stall: an answer that arrived meanwhile is read
 * first. Returns a function that cancels it.
 */
export function afterLived(clock: Clock, delayMs: number, run: () => void): () => void {
  let isStalled = false;
  const onGap = () => {
    isStalled = true;
  };
  const lived = createLivedTime({ clock, stepMs: LOOK_EVERY_MS + LATE_MS, onGap });
  const wait = (leftMs: number) => clock.setTimeout(look, Math.min(leftMs, LOOK_EVERY_MS));
  let timer = wait(delayMs);
  function look(): void {
    isStalled = false;
    const leftMs = delayMs - lived.now();
    if (leftMs > 0 || isStalled) timer = wait(leftMs > 0 ? leftMs : LOOK_EVERY_MS);
    else run();
  }
  return () => clock.clearTimeout(timer);
}
