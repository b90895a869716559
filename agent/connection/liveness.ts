import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import { createLivedTime } from '../../shared/time/lived-time.ts';
import { PING_AFTER_MS, SILENCE_MS } from '../../shared/wire/protocol.ts';

/** A timer later than this shows that the process did not run. */
const LATE_MS = 1_000;

export type Liveness = {
  /** Something was received. */
  inbound(): void;
  close(): void;
};

/**
 * Watches one connection from now on: asks for a sign of life after 10 s without an inbound frame, and gives up after 30 s of
 * silence (docs/protocol.md section 2). Without it TCP would let a half-open socket look alive for very long. Time in
 * which this process was stopped does not count, because it could not hear the coordinator then.
 */
export function watchLiveness(deps: { clock: Clock; ping(): void; giveUp(): void }): Liveness {
  const { clock } = deps;
  const lived = createLivedTime({ clock, stepMs: PING_AFTER_MS + LATE_MS });
  let lastInbound = lived.now();
  let timer: TimerHandle | null = null;

  const check = () => {
    const silence = lived.now() - lastInbound;
    if (silence >= SILENCE_MS) return deps.giveUp();
    if (silence >= PING_AFTER_MS) deps.ping();
    const next = silence < PING_AFTER_MS ? PING_AFTER_MS - silence : Math.min(PING_AFTER_MS, SILENCE_MS - silence);
    timer = clock.setTimeout(check, next);
  };
  check();

  return {
    inbound() {
      lastInbound = lived.now();
    },
    close() {
      clock.clearTimeout(timer);
    },
  };
}
