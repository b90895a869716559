/** How much of a command's output is held. */
export type Held = {
  /** Nothing below this offset must be sent again. */
  acked: number;
  /** Durable bytes. */
  bytes: number;
  /** Output past the limit came and was dropped; set only once everything up to the limit is held. */
  truncated: boolean;
};

/** The output of one command in memory (log.ts, O1 to O5). */
export type Entry = {
  id: string;
  /** Bytes kept of it. */
  limitBytes: number;
  /** End of what was accepted, kept or dropped. */
  next: number;
  durable: number;
  waiting: Uint8Array[];
  round: Promise<void> | null;
  answer: ((held: Held) => void) | null;
  refusal: ((held: Held) => void) | null;
  markedAt: number | null;
};

/** `size`: its durable bytes. */
export const newEntry = (id: string, size: number, limitBytes: number): Entry => ({
  id,
  limitBytes,
  next: size,
  durable: size,
  waiting: [],
  round: null,
  answer: null,
  refusal: null,
  markedAt: null,
});

/** Bytes that were accepted and are not durable yet. */
export const unwritten = ({ next, durable, limitBytes }: Entry): number =>
  Math.max(0, Math.min(next, limitBytes) - durable);

export function heldOf(entry: Entry): Held {
  const isWritten = unwritten(entry) === 0;
  return {
    acked: isWritten ? entry.next : entry.durable,
    bytes: entry.durable,
    truncated: isWritten && entry.next > Math.max(entry.limitBytes, entry.durable),
  };
}

/** Accepts the bytes at `offset`, without those that are held or lie past the limit. */
export function takeBytes(entry: Entry, offset: number, bytes: Uint8Array): void {
  const kept = bytes.subarray(Math.max(0, entry.next - offset), Math.max(0, entry.limitBytes - offset));
  entry.next = offset + bytes.length;
  if (kept.length > 0) entry.waiting.push(kept);
}

/** Answers the waiting append, and a refused one once everything before it is durable. */
export function answerHeld(entry: Entry): void {
  const held = heldOf(entry);
  const { answer, refusal } = entry;
  if (unwritten(entry) === 0) {
    entry.answer = null;
    entry.refusal = null;
  }
  answer?.(held);
  if (unwritten(entry) === 0) refusal?.(held);
}
