import { createMemo } from 'solid-js';
import { query, setQuery } from './router.ts';

/** The hosts that are selected, by name; they stand in the address, so that a selection has a link. */
export function createSelection() {
  const names = createMemo<ReadonlySet<string>>(() => new Set(query('sel').split(',').filter(Boolean)));
  const set = (all: Iterable<string>) => setQuery({ sel: [...all].join(',') });
  return {
    has: (name: string) => names().has(name),
    /** Those of `all` that are selected, in their order. */
    of: (all: readonly string[]) => all.filter((name) => names().has(name)),
    set,
    put(name: string, isSelected: boolean) {
      const next = new Set(names());
      if (isSelected) next.add(name);
      else next.delete(name);
      set(next);
    },
  };
}
