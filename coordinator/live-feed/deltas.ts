/**
 * The last deltas, as they go over the wire, for clients that were away for a short while or read slowly.
 *
 * D1 Each has the version after the one before; the last has `version`.
 * D2 What is held is bounded in number and bytes; the last one is held however large it is.
 */
export type LiveFeedDeltas = {
  version(): number;
  /** `encode` gets the delta's version. */
  push(encode: (version: number) => Buffer): void;
  /** A version that nobody can come to by deltas. */
  skip(): void;
  /** The delta that follows `version`; null where it is not held, or is still to come. */
  after(version: number): Buffer | null;
  /** Whether whoever has `version` can go on from it. */
  reaches(version: number): boolean;
};

export function createLiveFeedDeltas({ maxDeltas = 1000, maxBytes = 16 * 1024 * 1024 } = {}): LiveFeedDeltas {
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
      while (held.length > 1 && (held.length > maxDeltas || bytes > maxBytes)) bytes -= held.shift()?.length ?? 0;
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
