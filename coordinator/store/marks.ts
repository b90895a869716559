/**
 * A mark says how far a store has come (docs/protocol.md section 12). An agent keeps the last one that it got. A store that does not
 * know that mark has lost commits.
 * M1 A mark grows by one with each event, so it needs no write of its own. Therefore each result that a host may forget makes an event.
 * M2 Each start of a coordinator begins a span of marks above all earlier ones, at the time in microseconds. So a store that was
 *    put back never gives the marks of its lost commits again, and notices them whenever their agents come.
 * M3 A mark has consequences only for the host that greets with it: a host may lie only about itself.
 */

/** The marks of one start: `base` and above, for the events after `from`. */
export type MarkSpan = { base: number; from: number };

/** `spans`: the oldest first. `lastEvent`: the id of the newest event, 0 without one. */
export type Marks = { spans: readonly MarkSpan[]; lastEvent: number };

/** An agent is hardly away for more starts than this. Older marks are taken as known. */
export const KEPT_SPANS = 1_000;

const PER_MS = 1_000;

const markIn = ({ base, from }: MarkSpan, lastEvent: number): number => base + Math.max(0, lastEvent - from);

/** The present mark; null before the first span. */
export function markOf({ spans, lastEvent }: Marks): number | null {
  const span = spans.at(-1);
  return span ? markIn(span, lastEvent) : null;
}

/** The span for a start at this time. */
export const nextSpan = (marks: Marks, now: number): MarkSpan => ({
  base: Math.max(now * PER_MS, (markOf(marks) ?? 0) + 1),
  from: marks.lastEvent,
});

/** The newest mark up to this one that this store, in its present state, has given; 0 if there is none. */
export function knownMark({ spans, lastEvent }: Marks, mark: number): number {
  const index = spans.findLastIndex(({ base }) => base <= mark);
  const span = spans[index];
  if (!span) return spans.length >= KEPT_SPANS ? mark : 0;
  return Math.min(mark, markIn(span, spans[index + 1]?.from ?? lastEvent));
}

/** `isBegun`: the last span belongs to this start. */
export type BegunMarks = Marks & { isBegun: boolean };
