import type { Clock, TimerHandle } from '../shared/clock.ts';
import { PING_AFTER_MS, SILENCE_MS } from '../shared/protocol.ts';

export type Liveness = {
  /** Something came in. */
  inbound(): void;
  close(): void;
};

/**
 * Watches one connection from now on: asks for a sign of life after 10 s without an inbound frame, and gives up after 30 s of
 * silence (PROTOCOL.md section 2). Without it a half-open socket would look alive for as long as TCP likes.
 */
export function watchLiveness(deps: { clock: Clock; ping(): void; giveUp(): void }): Liveness {
  const { clock } = deps;
  let lastInbound = clock.monotonic();
  let timer: TimerHandle | null = null;

  const check = () => {
    const silence = clock.monotonic() - lastInbound;
    if (silence >= SILENCE_MS) return deps.giveUp();
    if (silence >= PING_AFTER_MS) deps.ping();
    const next = silence < PING_AFTER_MS ? PING_AFTER_MS - silence : Math.min(PING_AFTER_MS, SILENCE_MS - silence);
    timer = clock.setTimeout(check, next);
  };
  check();

  return {
    inbound() {
      lastInbound = clock.monotonic();
    },
    close() {
      clock.clearTimeout(timer);
    },
  };
}
