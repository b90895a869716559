/** Chance decided by a seed: the same choices in the same order, on any machine. */
export type Random = {
  /** Integer from 0 to `below` - 1. */
  below(below: number): number;
  /** True with this probability. */
  chance(of1: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  /** Picks by weight. */
  weighted<Item extends { weight: number }>(items: readonly Item[]): Item;
};

/** mulberry32: small, and good enough to choose faults by. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(next() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  return {
    below: (below) => Math.floor(next() * below),
    chance: (of1) => next() < of1,
    pick,
    weighted(items) {
      let at = next() * items.reduce((sum, { weight }) => sum + weight, 0);
      for (const item of items) {
        at -= item.weight;
        if (at < 0) return item;
      }
      return pick(items);
    },
  };
}
