/**
 * How fast one host's frames are read (docs/limits.md): a burst, then a fixed rate. Faster frames wait in the host's own socket,
 * and none is lost. `spent` counts frames, and each second forgives `FRAMES_PER_S`.
 */

/** An agent with much to say, as after a night without its coordinator, fits into the burst. */
const BURST_FRAMES = 2_000;
const FRAMES_PER_S = 500;

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

/** Reading must stop for now. */
export const isSpent = (spent: number): boolean => spent > BURST_FRAMES;

/** Reading may resume: a second's worth at once. */
export const mayGoOn = (spent: number): boolean => spent <= BURST_FRAMES - FRAMES_PER_S;

/** `spent` after one more second. */
export const afterASecond = (spent: number): number => Math.max(0, spent - FRAMES_PER_S);
