import { createSignal } from 'solid-js';

/**
 * Scrolls over any number of lines in an element no higher than a browser can draw.
 *
 * V1 `top` is the line at the upper edge, as a fraction from 0; the scroll bar follows it.
 * V2 Above `MAX_PX` the scroll bar is scaled; a wheel still moves by lines.
 */
export const LINE_PX = 20;
const MAX_PX = 8_000_000;
/** Lines drawn beyond each edge. */
const SPARE_LINES = 3;

export function createOutputScroll(element: () => HTMLElement, lines: () => number) {
  const [top, setTop] = createSignal(0);
  const [height, setHeight] = createSignal(400);
  /** The position that we gave the bar; its own event is ignored. */
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
    /** True if a person moved it. */
    scrolled(): boolean {
      const at = element().scrollTop;
      if (Math.abs(at - placed) < 1) return false;
      placed = at;
      setTop(isScaled() ? (at / Math.max(1, spacer() - height())) * maxTop() : at / LINE_PX);
      return true;
    },
    /** A wheel would move a scaled bar far too much. True if this handled the event. */
    wheel(deltaPx: number): boolean {
      if (!isScaled()) return false;
      moveTo(top() + deltaPx / LINE_PX);
      return true;
    },
    /** The line's place in the element, in px. */
    yOf: (line: number) => (isScaled() ? toPx(top()) + (line - top()) * LINE_PX : line * LINE_PX),
    /** The lines to draw, from `first` to before `last`, counted from 1. */
    range: () => ({
      first: Math.max(0, Math.floor(top()) - SPARE_LINES) + 1,
      last: Math.min(lines(), Math.ceil(top() + shown()) + SPARE_LINES) + 1,
    }),
    isAtEnd: () => top() >= maxTop() - 1,
  };
}
