/** After this many doublings every wait has reached its maximum, and the product is still a number that timers accept. */
const MOST_DOUBLINGS = 16;

/** The wait in ms after `tries` consecutive failures: the first wait, doubled per failure, at most `longestMs`. */
export const backoffMs = (tries: number, { firstMs, longestMs }: { firstMs: number; longestMs: number }): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(tries, MOST_DOUBLINGS));
