import { api } from '../app/api.ts';

/** Goes from place to place at which a text stands in an output; the coordinator does the searching. */
export type OutputFinder = {
  /** The first place after `offset`, from the beginning where there is none; null if there is none at all. */
  next(offset: number): Promise<number | null>;
  /** The last place before `offset`, from the end where there is none. */
  previous(offset: number): Promise<number | null>;
};

const PAGE = 500;
/** Where there are more than these, going back begins at the last of them. */
const PAGES = 40;

export function createOutputFinder(id: string, text: string): OutputFinder {
  async function first(from: number): Promise<number | null> {
    const found = await api.searchOutput(id, text, from, 1);
    return found.ok ? (found.body.matches[0]?.offset ?? null) : null;
  }

  async function lastBefore(offset: number): Promise<number | null> {
    let last: number | null = null;
    let from: number | null = 0;
    for (let page = 0; page < PAGES && from !== null && from < offset; page += 1) {
      const found = await api.searchOutput(id, text, from, PAGE);
      if (!found.ok) return last;
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
