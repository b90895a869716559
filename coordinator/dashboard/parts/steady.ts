import { type Accessor, createMemo, createSignal } from 'solid-js';

/** Where nothing has moved, nothing is laid out anew. */
export const isSameList = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((key, at) => key === other[at]);

/**
 * A list whose rows never move under a pointer or the focus: while it is held, it stays as it is, and `pending` counts what
 * `release` would change. `keyOf` tells which row an item is; the items themselves are always the newest.
 */
export function createSteady<Item>(wanted: Accessor<Item[]>, keyOf: (item: Item) => string) {
  const [isHeld, setHeld] = createSignal(false);
  const [releases, release] = createSignal(0);
  let frozen: string[] = [];

  const keys = createMemo(() => wanted().map(keyOf), undefined, { equals: isSameList });
  const shown = createMemo<string[]>(() => {
    releases();
    // Read only where it is not held, so that it is not even looked at while it is.
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

  return {
    keys: shown,
    pending,
    release() {
      frozen = [];
      release((n) => n + 1);
    },
    /** To be spread on the element around the rows. */
    hold: {
      onPointerEnter: () => setHeld(true),
      onPointerLeave: (event: PointerEvent & { currentTarget: HTMLElement }) =>
        setHeld(event.currentTarget.contains(document.activeElement)),
      onFocusIn: () => setHeld(true),
      onFocusOut: (event: FocusEvent & { currentTarget: HTMLElement }) =>
        setHeld(
          (event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget)) ||
            event.currentTarget.matches(':hover'),
        ),
    },
  };
}
