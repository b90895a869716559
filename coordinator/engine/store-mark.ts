import { type BegunMarks, knownMark, markOf } from '../store/marks.ts';
import type { Signals } from './signals.ts';

/** The mark of the running store, which grows with each durable event. */
export type StoreMark = {
  /** Covers everything that is durable now. Null if this start could not begin its span of marks. */
  now(): number | null;
  /** The newest mark up to this one that this store has given. If it is lower, the store has lost commits. */
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
