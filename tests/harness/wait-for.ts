import { inspect } from 'node:util';
import { sleep, systemClock } from '../../shared/clock.ts';

const LOOK_MS = 20;

/** Long for a machine that has nothing else to do, so that a busy one passes too. */
const PATIENCE_MS = 15_000;

/**
 * Looks again and again until what is seen is as wanted, and resolves to it. Rejects after `withinMs` with what was seen last; a look
 * that throws counts as seen.
 */
export async function waitFor<Seen>(
  what: string,
  look: () => Seen | Promise<Seen>,
  isWanted: (seen: Seen) => boolean = Boolean,
  withinMs = PATIENCE_MS,
): Promise<Seen> {
  const deadline = systemClock.monotonic() + withinMs;
  for (;;) {
    let last: unknown;
    try {
      const seen = await look();
      if (isWanted(seen)) return seen;
      last = seen;
    } catch (error) {
      last = error;
    }
    if (systemClock.monotonic() >= deadline)
      throw new Error(`waited ${withinMs / 1000} s for ${what}; seen last: ${inspect(last, { depth: 4 })}`);
    await sleep(systemClock, LOOK_MS);
  }
}
