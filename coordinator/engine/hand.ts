import type { CommandRecord } from '../lifecycle/record.ts';
import type { Store } from '../store/port.ts';
import { type Read, whenRead } from '../store/read.ts';
import { isLive } from './memory.ts';

/** Ended records, for the work that runs now: read for it, or about to leave memory. */
export type Hand = {
  /** Null if there is no such command; undefined if it was not asked for. */
  get(id: string): CommandRecord | null | undefined;
  /** Runs in one piece with these commands' records at hand; at once if the store has them ready. */
  with<Result>(ids: readonly string[], run: () => Read<Result>): Read<Result>;
  /** The same as a function for later, with the records that are at hand now. */
  keep(run: () => void): () => void;
  /** The record leaves memory, so a read of it that is under way may be out of date. */
  left(id: string): void;
};

type Records = ReadonlyMap<string, CommandRecord | null>;

const NOTHING: Records = new Map();

export type HandDeps = Pick<Store['commands'], 'getAll'> & {
  inMemory: (id: string) => CommandRecord | null;
};

export function createHand({ getAll, inMemory }: HandDeps): Hand {
  let hand = NOTHING;
  /** For each awaited read, the records that left memory meanwhile. */
  const reading = new Set<Set<string>>();

  const holding = <Result>(records: Records, run: () => Result): Result => {
    const outer = hand;
    hand = records;
    try {
      return run();
    } finally {
      hand = outer;
    }
  };

  function read(ids: readonly string[]): Read<Records> {
    const answer = getAll(ids);
    if (!(answer instanceof Promise)) return found(ids, answer);
    const left = new Set<string>();
    reading.add(left);
    return answer
      .finally(() => reading.delete(left))
      .then((records) => (ids.some((id) => left.has(id)) ? read(ids) : found(ids, records)));
  }

  /** Keeps records at hand that are in memory now but may have left it when an effect of this work runs. */
  function runWith<Result>(ids: readonly string[], records: Records, run: () => Result): Result {
    const leaving = ids.flatMap((id) => inMemory(id) ?? []).filter((record) => !isLive(record));
    if (records.size + leaving.length === 0) return run();
    return holding(
      new Map([...hand, ...records, ...leaving.map((record) => [record.command.id, record] as const)]),
      run,
    );
  }

  function withThese<Result>(ids: readonly string[], run: () => Read<Result>): Read<Result> {
    const isMissing = (id: string) => !hand.has(id) && !inMemory(id);
    const missing = ids.filter(isMissing);
    if (missing.length === 0) return runWith(ids, NOTHING, run);
    return whenRead(read(missing), (records) =>
      // Another may have left memory meanwhile.
      ids.some((id) => isMissing(id) && !records.has(id)) ? withThese(ids, run) : runWith(ids, records, run),
    );
  }

  return {
    get: (id) => hand.get(id),
    with: withThese,
    keep(run) {
      const held = hand;
      return held === NOTHING ? run : () => holding(held, run);
    },
    left(id) {
      for (const one of reading) one.add(id);
    },
  };
}

function found(ids: readonly string[], records: readonly CommandRecord[]): Records {
  const byId = new Map(records.map((record) => [record.command.id, record]));
  return new Map(ids.map((id) => [id, byId.get(id) ?? null]));
}
