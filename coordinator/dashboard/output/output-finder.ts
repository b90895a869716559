import type { OutputHolding } from '../../../shared/model/output-arrival.ts';
import { api } from '../app/api.ts';

/** The offset of a match; without one, how much was searched; `unread` if the coordinator did not answer. */
export type Found = number | OutputHolding | 'unread';

/** Goes from match to match of a text, or of errors; the coordinator searches. */
export type OutputFinder = {
  /** The first match after `offset`, else the first of all. */
  next(offset: number): Promise<Found>;
  /** The last match before `offset`, else the last of all. */
  previous(offset: number): Promise<Found>;
};

const PAGE = 500;
/** With more matches than this, going back starts at the last of these. */
const PAGES = 40;

/** `text`: null finds errors. */
export function createOutputFinder(id: string, text: string | null): OutputFinder {
  async function first(from: number): Promise<Found> {
    const found = await api.searchOutput(id, text, from, 1);
    return found.ok ? (found.body.matches[0]?.offset ?? found.body) : 'unread';
  }

  async function lastBefore(offset: number): Promise<Found | null> {
    let last: number | null = null;
    let searched: OutputHolding | null = null;
    let from: number | null = 0;
    for (let page = 0; page < PAGES && from !== null && from < offset; page += 1) {
      const found = await api.searchOutput(id, text, from, PAGE);
      if (!found.ok) return 'unread';
      for (const match of found.body.matches) if (match.offset < offset) last = match.offset;
      from = found.body.next;
      searched = found.body;
    }
    return last ?? searched;
  }

  async function orElse(here: Promise<Found | null>, elsewhere: () => Promise<Found | null>): Promise<Found> {
    const found = await here;
    return typeof found === 'object' ? ((await elsewhere()) ?? 'unread') : found;
  }

  return {
    next: (offset) => orElse(first(offset + 1), () => first(0)),
    previous: (offset) => orElse(lastBefore(offset), () => lastBefore(Number.MAX_SAFE_INTEGER)),
  };
}
