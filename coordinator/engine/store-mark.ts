import { type BegunMarks, knowsMark, markOf } from '../store/marks.ts';
import type { Signals } from './signals.ts';

/** The mark of the running store, which grows with what becomes durable. */
export type StoreMark = {
  /** Covers everything that is durable now. Null if this start could begin no marks. */
  now(): number | null;
  /** Whether this store has given the mark; if not, it has lost commits since. */
  knows(mark: number): boolean;
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
    knows: (mark) => knowsMark({ ...marks, lastEvent }, mark),
  };
}
