import { createSignal } from 'solid-js';

/**
 * Scrolling over any number of lines in an element whose height a browser still draws.
 *
 * V1 `top` is the line at the upper edge, as a fraction from 0; it is the truth, and the scroll bar follows it.
 * V2 Where the lines are higher than `MAX_PX`, the scroll bar is scaled; a wheel still moves by lines.
 */
export const LINE_PX = 20;
const MAX_PX = 8_000_000;
/** Drawn above and below what is in sight. */
const SPARE_LINES = 3;

export function createOutputScroll(element: () => HTMLElement, lines: () => number) {
  const [top, setTop] = createSignal(0);
  const [height, setHeight] = createSignal(400);
  /** Where the bar was put by us; its event is no news. */
  let placed = 0;

  const shown = () => height() / LINE_PX;
  const maxTop = () => Math.max(0, lines() - shown() + 0.5);
  const spacer = () => Math.min(MAX_PX, (lines() + 0.5) * LINE_PX);
  const isScaled = () => lines() * LINE_PX > MAX_PX;
  const toPx = (line: number) => (isScaled() ? (line / Math.max(1, maxTop())) * (spacer() - height()) : line * LINE_PX);

  function moveTo(line: number): void {
    const to = Math.min(maxTop(), Math.max(0, line));
    setTop(to);
    element().scrollTop = toPx(to);
    placed = element().scrollTop;
  }

  return {
    top,
    spacer,
    moveTo,
    maxTop,
    shown,
    resized: () => setHeight(element().clientHeight),
    /** True where a person has moved it. */
    scrolled(): boolean {
      const at = element().scrollTop;
      if (Math.abs(at - placed) < 1) return false;
      placed = at;
      setTop(isScaled() ? (at / Math.max(1, spacer() - height())) * maxTop() : at / LINE_PX);
      return true;
    },
    /** Of a scaled bar a wheel would move by far too much; true where it was taken over. */
    wheel(deltaPx: number): boolean {
      if (!isScaled()) return false;
      moveTo(top() + deltaPx / LINE_PX);
      return true;
    },
    /** Where a line stands in the element. */
    yOf: (line: number) => (isScaled() ? toPx(top()) + (line - top()) * LINE_PX : line * LINE_PX),
    /** The lines to draw, from `first` to before `last`, counted from 1. */
    range: () => ({
      first: Math.max(0, Math.floor(top()) - SPARE_LINES) + 1,
      last: Math.min(lines(), Math.ceil(top() + shown()) + SPARE_LINES) + 1,
    }),
    isAtEnd: () => top() >= maxTop() - 1,
  };
}
