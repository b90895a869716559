import type { CommandRecord } from '../lifecycle/record.ts';
import type { Store } from '../store/port.ts';
import { type Read, whenRead } from '../store/read.ts';

/** Ended records, read for the work that runs now. */
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

export function createHand({ getAll }: Pick<Store['commands'], 'getAll'>): Hand {
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

  return {
    get: (id) => hand.get(id),
    with(ids, run) {
      const missing = ids.filter((id) => !hand.has(id));
      if (missing.length === 0) return run();
      return whenRead(read(missing), (records) => holding(new Map([...hand, ...records]), run));
    },
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
