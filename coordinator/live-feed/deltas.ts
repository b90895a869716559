/**
 * The last deltas as sent, for clients that were away for a short while or read slowly.
 * D1 Each has the version after the one before; the last has `version`.
 * D2 The number and bytes held are bounded, the bytes by the size of the fleet: the deltas after a large state must be held while a client
 *    takes it. The last delta is held however large it is.
 */
export type LiveFeedDeltas = {
  version(): number;
  /** `encode` gets the delta's version. */
  push(encode: (version: number) => Buffer): void;
  /** A version that deltas can't lead to. */
  skip(): void;
  /** The delta that follows `version`; null if it is no longer held, or not made yet. */
  after(version: number): Buffer | null;
  /** Whether a client with `version` can continue from it. */
  reaches(version: number): boolean;
};

/** `leastBytes`: a bound that replaces `maxBytes` when it is larger. */
export type LiveFeedDeltasOptions = { maxDeltas?: number; maxBytes?: number; leastBytes?: () => number };

export function createLiveFeedDeltas({
  maxDeltas = 1000,
  maxBytes = 16 * 1024 * 1024,
  leastBytes = () => 0,
}: LiveFeedDeltasOptions = {}): LiveFeedDeltas {
  let held: Buffer[] = [];
  let bytes = 0;
  let version = 0;
  const first = () => version - held.length + 1;

  return {
    version: () => version,
    push(encode) {
      version += 1;
      const delta = encode(version);
      held.push(delta);
      bytes += delta.length;
      const most = Math.max(maxBytes, leastBytes());
      while (held.length > 1 && (held.length > maxDeltas || bytes > most)) bytes -= held.shift()?.length ?? 0;
    },
    skip() {
      version += 1;
      held = [];
      bytes = 0;
    },
    after: (from) => held[from + 1 - first()] ?? null,
    reaches: (from) => from >= first() - 1 && from <= version,
  };
}
