import { createSignal } from 'solid-js';
import { type Pages, withFirstPage } from '../words/pages.ts';
import type { Answer } from './api.ts';
import { tell } from './notices.ts';

/** A list that is read page by page, newest first. `ask` requests the page after `next`. */
export function createPages<Item extends { id: unknown }, Next>(
  ask: (next: Next) => Promise<Answer<Pages<Item, Next>>>,
) {
  const [pages, setPages] = createSignal<Pages<Item, Next>>({ items: [], next: null });
  let restarts = 0;
  return {
    items: () => pages().items,
    hasOlder: () => pages().next !== null,
    /** Begins again with this first page. */
    restart(first: Pages<Item, Next> | undefined): void {
      restarts += 1;
      setPages(first ?? { items: [], next: null });
    },
    /** Newer values of known items. */
    put(newer: readonly Item[]): void {
      const byId = new Map(newer.map((item) => [item.id, item]));
      setPages((known) => ({ ...known, items: known.items.map((item) => byId.get(item.id) ?? item) }));
    },
    /** The first page was read again. */
    renew(first: Pages<Item, Next>): void {
      setPages((known) => withFirstPage(known, first));
    },
    /** An answer that comes after a restart, or twice, is dropped. */
    async loadOlder(): Promise<void> {
      const { next } = pages();
      if (next === null) return;
      const before = restarts;
      const answer = await ask(next);
      if (before !== restarts || pages().next !== next) return;
      if (!answer.ok) return tell('error', answer.detail);
      setPages(({ items }) => ({ items: [...items, ...answer.body.items], next: answer.body.next }));
    },
  };
}
