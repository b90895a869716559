import { createMemo, createSignal } from 'solid-js';
import { query, setQuery } from './router.ts';

/** An address of this length comes through every proxy. */
const LONGEST = 1_500;

/** What is too long for the address; there stands only how many there are, in brackets, which no name begins with. */
const [kept, setKept] = createSignal<ReadonlySet<string>>(new Set());

/**
 * The hosts that are selected, by name. They stand in the address, so that a selection has a link; where they are too many for one
 * they are kept by the page.
 */
export function createSelection() {
  const names = createMemo<ReadonlySet<string>>(() => {
    const given = query('sel');
    if (given.startsWith('(')) return given === `(${kept().size})` ? kept() : new Set();
    return new Set(given.split(',').filter(Boolean));
  });
  function set(all: Iterable<string>): void {
    const next = new Set(all);
    const words = [...next].join(',');
    setKept(words.length > LONGEST ? next : new Set<string>());
    setQuery({ sel: words.length > LONGEST ? `(${next.size})` : words });
  }
  return {
    has: (name: string) => names().has(name),
    /** Those of `all` that are selected, in their order. */
    of: (all: readonly string[]) => all.filter((name) => names().has(name)),
    set,
    put(some: Iterable<string>, isSelected: boolean) {
      const next = new Set(names());
      for (const name of some) {
        if (isSelected) next.add(name);
        else next.delete(name);
      }
      set(next);
    },
  };
}
