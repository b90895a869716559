import { createMemo, createSignal } from 'solid-js';
import { query, setQuery } from './router.ts';

/** Every proxy passes an address of this length. */
const LONGEST = 1_500;

/** Stands for a selection too long for the address: its size in brackets. No name begins with a bracket. */
const [kept, setKept] = createSignal<ReadonlySet<string>>(new Set());

/**
 * The selected hosts, by name. They are in the address, so that a selection has a link; the page itself keeps a selection that is
 * too long for that.
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
    /** The selected ones among `all`, in their order. */
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
