/** Beyond this many doublings every wait is at its longest, and a product stays a number that timers take. */
const MOST_DOUBLINGS = 16;

/** How long to wait, in ms, after `tries` that failed one after the other: the first wait, doubled with each, and `longestMs` at the most. */
export const backoffMs = (tries: number, { firstMs, longestMs }: { firstMs: number; longestMs: number }): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(tries, MOST_DOUBLINGS));
