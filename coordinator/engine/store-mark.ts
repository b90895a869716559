import { type BegunMarks, knownMark, markOf } from '../store/marks.ts';
import type { Signals } from './signals.ts';

/** The mark of the running store, which grows with what becomes durable. */
export type StoreMark = {
  /** Covers everything that is durable now. Null if this start could begin no marks. */
  now(): number | null;
  /** The newest mark up to this one that this store has given. A lower one: it has lost commits since. */
  known(mark: number): number;
};

export function createStoreMark({
  marks,
  signals,
}: {
  marks: BegunMarks;
  signals: Pick<Signals, 'committed'>;
}): StoreMark {
  let { lastEvent } = marks;
  signals.committed.listen(({ events }) => {
    for (const { id } of events) lastEvent = Math.max(lastEvent, id);
  });
  return {
    now: () => (marks.isBegun ? markOf({ ...marks, lastEvent }) : null),
    known: (mark) => knownMark({ ...marks, lastEvent }, mark),
  };
}
