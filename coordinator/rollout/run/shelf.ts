import { RECENT_ROLLOUTS } from '../../../shared/model/rollout.ts';
import type { Roster } from '../../hosts/roster.ts';
import type { StoredRollout } from '../record.ts';
import { type Book, createBook } from './book.ts';

/** The rollouts in memory, oldest first: active ones, ones that may still catch up, and the newest. */
export type Shelf = {
  all(): Iterable<Book>;
  find(id: string): Book | null;
  /** The rollouts that include this host. */
  of(hostId: string): Iterable<Book>;
  put(stored: StoredRollout): Book;
  drop(id: string): void;
  /** Drops rollouts that are over and not among the newest. */
  tidy(now: number): void;
};

export type ShelfDeps = { roster: Pick<Roster, 'byId'>; onDrop: (id: string) => void };

const NO_BOOKS: readonly Book[] = [];

export function createShelf({ roster, onDrop }: ShelfDeps): Shelf {
  const books = new Map<string, Book>();
  const ofHost = new Map<string, Set<Book>>();

  function drop(id: string): void {
    const book = books.get(id);
    if (!book) return;
    books.delete(id);
    for (const hostId of book.rows.keys()) {
      const others = ofHost.get(hostId);
      others?.delete(book);
      if (others?.size === 0) ofHost.delete(hostId);
    }
    onDrop(id);
  }

  return {
    all: () => books.values(),
    find: (id) => books.get(id) ?? null,
    of: (hostId) => ofHost.get(hostId) ?? NO_BOOKS,
    put(stored) {
      const book = createBook(stored, (hostId) => roster.byId(hostId) !== null);
      books.set(stored.record.rollout.id, book);
      for (const hostId of book.rows.keys()) {
        const others = ofHost.get(hostId) ?? new Set();
        ofHost.set(hostId, others.add(book));
      }
      return book;
    },
    drop,
    tidy(now) {
      const ids = [...books.keys()];
      for (const id of ids.slice(0, Math.max(0, ids.length - RECENT_ROLLOUTS)))
        if (books.get(id)?.isOver(now)) drop(id);
    },
  };
}
