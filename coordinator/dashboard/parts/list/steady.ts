import { type Accessor, createMemo, createSignal, untrack } from 'solid-js';
import { hasMoved } from '../../app/still.ts';

/** Equal lists are not laid out again. */
export const isSameList = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((key, at) => key === other[at]);

/**
 * A list whose rows never move under a pointer or the focus.
 *
 * L1 A row is known by its key: it is drawn once, however often its item is replaced.
 * L2 While the list is held its keys stay, and `pending` counts the changes that `release` would make. A row that is gone keeps
 *    its place and last look until then.
 *
 * `wanted`: the items to show, in order. `all`: also has the items of rows that are no longer wanted.
 */
export function createSteady<Item>(
  wanted: Accessor<readonly Item[]>,
  keyOf: (item: Item) => string,
  all: Accessor<readonly Item[]> = wanted,
) {
  const [isHeld, setHeld] = createSignal(false);
  const [releases, release] = createSignal(0);
  let frozen: string[] = [];

  const keys = createMemo(() => wanted().map(keyOf), undefined, { equals: isSameList });
  const shown = createMemo<string[]>(() => {
    releases();
    // Not read while held, so that changes cost nothing then.
    if (!isHeld() || frozen.length === 0) frozen = keys();
    return frozen;
  });
  const pending = createMemo(() => {
    if (!isHeld()) return 0;
    const [now, then] = [keys(), shown()];
    if (isSameList(now, then)) return 0;
    const known = new Set(then);
    const still = new Set(now);
    const different = now.filter((key) => !known.has(key)).length + then.filter((key) => !still.has(key)).length;
    return Math.max(1, different);
  });
  const items = createMemo<{ now: ReadonlyMap<string, Item>; gone: ReadonlyMap<string, Item> }>(
    (before) => {
      const now = new Map(all().map((item) => [keyOf(item), item]));
      const gone = new Map<string, Item>();
      for (const key of untrack(shown)) {
        const last = now.has(key) ? undefined : (before.now.get(key) ?? before.gone.get(key));
        if (last !== undefined) gone.set(key, last);
      }
      return { now, gone };
    },
    { now: new Map(), gone: new Map() },
  );

  return {
    keys: shown,
    isHeld,
    pending,
    /** The newest item of a shown row; the last one if it is gone. */
    item: (key: string): Item | undefined => items().now.get(key) ?? items().gone.get(key),
    isGone: (key: string): boolean => items().gone.has(key),
    release() {
      frozen = [];
      release((n) => n + 1);
    },
    /** Spread these on the element around the rows. */
    hold: {
      // Nobody aimed at a list that appeared under a resting pointer.
      onPointerMove: () => hasMoved() && setHeld(true),
      onPointerDown: () => setHeld(true),
      // Focus left by a click does not hold the list.
      onPointerLeave: ({ currentTarget }: PointerEvent & { currentTarget: HTMLElement }) =>
        setHeld(currentTarget.querySelector(':focus-visible') !== null),
      onFocusIn: () => setHeld(true),
      onFocusOut: (event: FocusEvent & { currentTarget: HTMLElement }) =>
        setHeld(
          (event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget)) ||
            event.currentTarget.matches(':hover'),
        ),
    },
  };
}
