import { uptime } from 'node:os';

/** The only door to time. Code that waits or reads a time takes a `Clock`, so that tests run on their own clock. */
export type TimerHandle = object;

export type Clock = {
  /** Wall clock, integer milliseconds since the Unix epoch. May jump: people and NTP set it. */
  now(): number;
  /** Monotonic milliseconds since an arbitrary start. Never goes back; stops while the machine is suspended. */
  monotonic(): number;
  /** Milliseconds since boot, in steps of up to a second. Goes on while the machine is suspended, and nobody can set it. */
  sinceBoot(): number;
  setTimeout(run: () => void, delayMs: number): TimerHandle;
  clearTimeout(handle: TimerHandle | null | undefined): void;
};

/** Node keeps a timer in 32 bits; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => Math.floor(performance.now()),
  sinceBoot: () => Math.floor(uptime() * 1000),
  setTimeout: (run, delayMs) => setTimeout(run, Math.max(0, Math.min(delayMs, LONGEST_TIMER_MS))),
  clearTimeout: (handle) => {
    if (handle) clearTimeout(handle as NodeJS.Timeout);
  },
};

/** Resolves once the work has ended, however it ended, or after `mostMs`. */
export function endedWithin(clock: Clock, work: Promise<unknown>, mostMs: number): Promise<void> {
  return new Promise((resolve) => {
    const limit = clock.setTimeout(resolve, mostMs);
    const ended = () => {
      clock.clearTimeout(limit);
      resolve();
    };
    work.then(ended, ended);
  });
}

/** Resolves after `delayMs`; rejects with the signal's reason if aborted first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clock.clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
