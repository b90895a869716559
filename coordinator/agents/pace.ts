/**
 * How fast the frames of one host are read (docs/limits.md): a burst, and then so many a second. What comes faster waits in the
 * host's own socket, and nothing of it is lost. Counted in frames, as `spent`, of which each second forgives `FRAMES_PER_S`.
 */

/** An agent with much to say, as after a night without its coordinator, has said it within the burst. */
const BURST_FRAMES = 2_000;
const FRAMES_PER_S = 500;

/** What must be read as JSON costs by its length; a frame that is no longer counts one. */
const TEXT_BYTES = 1024;
/** Output is bounded by its bytes; only pieces that are small for no reason count as other frames do. */
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

/** Reading may go on: a second's worth at once. */
export const mayGoOn = (spent: number): boolean => spent <= BURST_FRAMES - FRAMES_PER_S;

/** What a second leaves of it. */
export const afterASecond = (spent: number): number => Math.max(0, spent - FRAMES_PER_S);
