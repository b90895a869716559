import { type Accessor, createEffect, createSignal, on, onCleanup, onMount } from 'solid-js';

/**
 * Which rows of a long list of equal heights are drawn.
 *
 * R1 All that are in sight, and `SPARE_PX` of them above and below.
 * R2 Rows stand in the flow, in their order: what stays in sight is neither made, moved nor painted again, and Tab goes through
 *    them as the eye does. The space of those above is padding.
 */
export type RowRange = { first: number; last: number };

const SPARE_PX = 240;
const NONE: RowRange = { first: 0, last: 0 };

/** The rows, from `first` to before `last`, of a list whose upper edge is at `top` in a window of this height. */
export function rowsInSight(top: number, windowPx: number, rowPx: number, count: number): RowRange {
  const at = (px: number) => Math.min(count, Math.max(0, px / rowPx));
  return { first: Math.floor(at(-top - SPARE_PX)), last: Math.ceil(at(windowPx - top + SPARE_PX)) };
}

const isSame = (one: RowRange, other: RowRange): boolean => one.first === other.first && one.last === other.last;

/** Follows the scrolling of the page, or of the dialog that the list is in; `list` is the element that holds the rows. */
export function createRowWindow(
  list: () => HTMLElement | undefined,
  { rowPx, count }: { rowPx: Accessor<number>; count: Accessor<number> },
): Accessor<RowRange> {
  const [range, setRange] = createSignal(NONE, { equals: isSame });
  const look = () => {
    const top = list()?.getBoundingClientRect().top ?? 0;
    setRange(rowsInSight(top, window.innerHeight, rowPx(), count()));
  };
  createEffect(on([rowPx, count], look));
  onMount(() => {
    // What stands above the list may grow or go.
    const resizing = new ResizeObserver(look);
    resizing.observe(document.body);
    const dialog = list()?.closest('dialog');
    if (dialog) resizing.observe(dialog);
    window.addEventListener('scroll', look, { passive: true, capture: true });
    window.addEventListener('resize', look);
    onCleanup(() => {
      resizing.disconnect();
      window.removeEventListener('scroll', look, { capture: true });
      window.removeEventListener('resize', look);
    });
  });
  return range;
}
