import { api } from '../app/api.ts';

/** The offset of a place; null where there is none; `unread` where the coordinator did not answer. */
export type Found = number | null | 'unread';

/** Goes from place to place at which a text stands in an output; the coordinator does the searching. */
export type OutputFinder = {
  /** The first place after `offset`, from the beginning where there is none. */
  next(offset: number): Promise<Found>;
  /** The last place before `offset`, from the end where there is none. */
  previous(offset: number): Promise<Found>;
};

const PAGE = 500;
/** Where there are more than these, going back begins at the last of them. */
const PAGES = 40;

export function createOutputFinder(id: string, text: string): OutputFinder {
  async function first(from: number): Promise<Found> {
    const found = await api.searchOutput(id, text, from, 1);
    return found.ok ? (found.body.matches[0]?.offset ?? null) : 'unread';
  }

  async function lastBefore(offset: number): Promise<Found> {
    let last: number | null = null;
    let from: number | null = 0;
    for (let page = 0; page < PAGES && from !== null && from < offset; page += 1) {
      const found = await api.searchOutput(id, text, from, PAGE);
      if (!found.ok) return 'unread';
      for (const match of found.body.matches) if (match.offset < offset) last = match.offset;
      from = found.body.next;
    }
    return last;
  }

  return {
    next: async (offset) => (await first(offset + 1)) ?? (await first(0)),
    previous: async (offset) => (await lastBefore(offset)) ?? (await lastBefore(Number.MAX_SAFE_INTEGER)),
  };
}
