import { type Read, whenRead } from '../store/read.ts';
import { type Entry, newEntry, unwritten } from './entry.ts';
import type { OutputKeeper } from './keeper.ts';

/** The outputs in memory: those that are used, and as many others as the keeper holds open. */
export type Entries = {
  /** Loads the sizes of these outputs. */
  know(ids: readonly string[]): Read<void>;
  /** A loaded output, now the most recently used. Throws if it was not loaded. */
  of(id: string): Entry;
  get(id: string): Entry | undefined;
  drop(id: string): void;
  ids(): Iterable<string>;
};

export function createEntries(keeper: Pick<OutputKeeper, 'held' | 'open' | 'rest'>, limitBytes: number): Entries {
  /** The least recently used first. */
  const entries = new Map<string, Entry>();

  /** Adds an entry for the output, unless another request has added one meanwhile. */
  function enter(id: string, size: number): void {
    if (!entries.has(id)) entries.set(id, newEntry(id, size, limitBytes));
  }

  function know(ids: readonly string[]): Read<void> {
    const unknown = ids.filter((id) => !entries.has(id));
    if (unknown.length === 0) return;
    return whenRead(keeper.held(unknown), (held) => {
      for (const id of unknown) enter(id, held.get(id) ?? 0);
    });
  }

  return {
    know,
    of(id) {
      const later = know([id]);
      const entry = entries.get(id);
      if (!entry) {
        if (later instanceof Promise) later.catch(() => {});
        throw new Error(`the output of ${id} was not asked for before`);
      }
      entries.delete(id);
      entries.set(id, entry);
      for (const old of entries.values()) {
        if (entries.size <= keeper.open) break;
        if (old === entry || old.round || unwritten(old) > 0) continue;
        entries.delete(old.id);
        void keeper.rest(old.id);
      }
      return entry;
    },
    get: (id) => entries.get(id),
    drop: (id) => void entries.delete(id),
    ids: () => entries.keys(),
  };
}
