import type { StoredRollout } from '../record.ts';
import { createPage, type Page } from './page.ts';

/** A rollout in memory with all decisions so far. `shown` holds only the durable ones: people see nothing else. */
export type Book = Page & { readonly shown: Page };

export const createBook = (stored: StoredRollout, isThere: (hostId: string) => boolean): Book =>
  Object.assign(createPage(stored, isThere), { shown: createPage(stored, isThere) });
