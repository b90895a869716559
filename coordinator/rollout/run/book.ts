import type { StoredRollout } from '../record.ts';
import { createPage, type Page } from './page.ts';

/** A rollout in memory: what has been decided of it, and as `shown` what of that is durable, which alone people see. */
export type Book = Page & { readonly shown: Page };

export const createBook = (stored: StoredRollout, isThere: (hostId: string) => boolean): Book =>
  Object.assign(createPage(stored, isThere), { shown: createPage(stored, isThere) });
