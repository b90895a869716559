/**
 * How fast one host's frames are read (docs/limits.md): a burst, then a fixed rate. Faster frames wait in the host's own socket,
 * and none is lost. Each frame takes its share of a second at that rate, and `busyUntil` is when those that were read would be over
 * (monotonic, in the past if none is left). How far it lies ahead says how much of the burst is spent, so nothing needs to be counted down.
 */

/** An agent with much to say, as after a night without its coordinator, fits into the burst. */
const BURST_FRAMES = 2_000;
const FRAMES_PER_S = 500;
const FRAME_MS = 1_000 / FRAMES_PER_S;

/** JSON costs by its length; any short frame counts one. */
const TEXT_BYTES = 1024;
/** Output is bounded by its bytes; only needlessly small pieces count like other frames. */
const WHOLE_PIECE_BYTES = 16 * 1024;
const PIECE_COST = 0.1;
/** A hello makes much work. */
const HELLO_COST = 20;

export function costOf(data: Uint8Array, isBinary: boolean): number {
  if (!isBinary) return Math.max(1, data.length / TEXT_BYTES);
  return data.length >= WHOLE_PIECE_BYTES ? PIECE_COST : 1;
}

/** A ping or a pong. */
export const costOfControl = 1;

export const costOfHello = HELLO_COST - 1;

/** `busyUntil` after a frame of this cost. */
export const busyAfter = (busyUntil: number, cost: number, now: number): number =>
  Math.max(busyUntil, now) + cost * FRAME_MS;

/** Reading must stop for now. */
export const isSpent = (busyUntil: number, now: number): boolean => busyUntil - now > BURST_FRAMES * FRAME_MS;

/** Reading may resume: a second's worth at once. */
export const mayGoOn = (busyUntil: number, now: number): boolean =>
  busyUntil - now <= (BURST_FRAMES - FRAMES_PER_S) * FRAME_MS;
