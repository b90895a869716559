import type { Server } from 'node:http';
import type { Clock } from '../../../shared/time/clock.ts';
import { createLivedTime } from '../../../shared/time/lived-time.ts';

/**
 * How long a client may take for a request's headers, counted from the connection, and for the whole request, and how long a connection
 * may wait for its next one; in milliseconds.
 */
export type Patience = { headMs: number; requestMs: number; idleMs: number };

export const PATIENCE: Patience = { headMs: 10_000, requestMs: 60_000, idleMs: 72_000 };

/** How often Node checks for clients that take too long. */
export const lookEveryMs = ({ headMs }: Patience): number => Math.min(1_000, headMs);

/** A timer is often late by less than this. */
const LATE_MS = 100;

/**
 * Lets the limits grow by each stall of this process. Node would count a stall as the client's silence: its timers run before it reads
 * the sockets, so it answers 408 to a request that arrived long ago, and closes an idle connection on which the next request waits.
 * It reads the limits from the server at each look.
 */
export function forgiveStalls(server: Server, patience: Patience, clock: Clock): void {
  const stepMs = lookEveryMs(patience) + LATE_MS;
  const longestMs = Math.max(patience.headMs, patience.requestMs, patience.idleMs);
  let gaps: { endedAt: number; ms: number }[] = [];
  let gapMs = 0;
  const lived = createLivedTime({
    clock,
    stepMs,
    onGap: (byMs) => {
      // All since the last look: when the stall began is not known.
      gapMs = byMs + stepMs;
    },
  });

  /** How much of a client's last `limitMs` this process missed. */
  const missedMs = (limitMs: number): number => {
    const now = lived.now();
    if (gapMs > 0) gaps.push({ endedAt: now, ms: gapMs });
    gapMs = 0;
    gaps = gaps.filter(({ endedAt }) => now - endedAt <= longestMs);
    return gaps.reduce((sum, { endedAt, ms }) => (now - endedAt <= limitMs ? sum + ms : sum), 0);
  };

  const grows = (limitMs: number) => ({ get: () => limitMs + missedMs(limitMs) });
  Object.defineProperties(server, {
    headersTimeout: grows(patience.headMs),
    requestTimeout: grows(patience.requestMs),
  });
  server.on('timeout', (socket) => {
    if (missedMs(patience.idleMs) > 0) socket.setTimeout(patience.idleMs);
    else socket.destroy();
  });
}
