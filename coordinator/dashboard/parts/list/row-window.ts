import { type Accessor, createEffect, createSignal, on, onCleanup, onMount } from 'solid-js';

/**
 * The rows to draw of a long list whose rows are equally high.
 *
 * R1 All rows in sight are drawn, and `SPARE_PX` beyond each edge.
 * R2 Rows are in the flow, in order: rows that stay in sight are not made, moved or painted again, and Tab follows the eye.
 *    Padding takes the space of the rows above.
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
    // Content above the list may grow or go.
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
