import { type BegunMarks, nextSpan } from './marks.ts';
import type { Store } from './port.ts';
import type { Written } from './write.ts';

/** Begins the span of this start. If it can't be written, no mark is given until the next start. */
export async function beginMarks(store: Pick<Store, 'marks' | 'write'>, now: number): Promise<BegunMarks> {
  const marks = { spans: await store.marks.list(), lastEvent: await store.marks.lastEvent() };
  const span = nextSpan(marks, now);
  const written = await new Promise<Written | undefined>((resolve) =>
    store.write([[{ type: 'mark_span', span }]], ([result]) => resolve(result)),
  );
  return written && 'events' in written
    ? { ...marks, spans: [...marks.spans, span], isBegun: true }
    : { ...marks, isBegun: false };
}
