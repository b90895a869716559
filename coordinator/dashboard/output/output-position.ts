import { type Accessor, createSignal } from 'solid-js';
import { createOutputScroll } from './output-scroll.ts';
import type { OutputText } from './output-text.ts';

/** A jump leaves this many lines above its target. */
const LINES_ABOVE = 4;

/** Where a person is in an output. */
export type OutputPosition = {
  scroll: ReturnType<typeof createOutputScroll>;
  /** The current line, counted from 1; null before a person chose one. */
  cursor: Accessor<number | null>;
  setCursor(number: number): void;
  /** The byte at which the current line begins; -1 without one. */
  cursorOffset(): number;
  /** The last byte of the current line, where a search goes on; that of its begin if its end is not known. */
  cursorEnd(): number;
  moveCursor(step: number): void;
  /** Goes to the end and stays there. */
  attach(): void;
  /** No longer follows the end. */
  detach(): void;
  /** Goes to the line that holds the byte at `offset`. */
  jumpTo(offset: number): Promise<void>;
  /** The target of a jump that could not be read. */
  missed: Accessor<number | null>;
  forgetMissed(): void;
  /** Number of lines that came since it stopped following. */
  unseen(): number;
  /** Moves to the end if it follows, and keeps its place if not. */
  stay(): void;
  /** True if a person moved the scroll bar. */
  scrolled(): boolean;
};

/** `region`: the element that scrolls. */
export function createOutputPosition({ source, lines }: OutputText, region: Accessor<HTMLElement>): OutputPosition {
  const scroll = createOutputScroll(region, lines);
  const [follows, setFollows] = createSignal(true);
  const [cursor, setCursor] = createSignal<number | null>(null);
  const [seenLines, setSeenLines] = createSignal(0);
  const [missed, setMissed] = createSignal<number | null>(null);
  const cursorOffset = (): number => source.line(cursor() ?? 0)?.offset ?? -1;

  function detach(): void {
    if (follows()) setSeenLines(lines());
    setFollows(false);
  }

  return {
    scroll,
    cursor,
    setCursor,
    cursorOffset,
    cursorEnd() {
      const next = source.line((cursor() ?? 0) + 1)?.offset;
      return next === undefined ? cursorOffset() : next - 1;
    },
    moveCursor(step) {
      const number = Math.min(lines(), Math.max(1, (cursor() ?? Math.floor(scroll.top()) + 1) + step));
      detach();
      setCursor(number);
      const above = number - 1 < scroll.top();
      const below = number > scroll.top() + scroll.shown() - 1;
      if (above) scroll.moveTo(number - 1);
      if (below) scroll.moveTo(number - scroll.shown() + 1);
    },
    attach() {
      setFollows(true);
      scroll.moveTo(scroll.maxTop());
    },
    detach,
    async jumpTo(offset) {
      const number = await source.lineAt(offset);
      setMissed(number === null ? offset : null);
      if (number === null) return;
      detach();
      setCursor(number);
      scroll.moveTo(number - 1 - LINES_ABOVE);
    },
    missed,
    forgetMissed: () => void setMissed(null),
    unseen: () => (follows() ? 0 : Math.max(0, lines() - seenLines())),
    stay: () => scroll.moveTo(follows() ? scroll.maxTop() : scroll.top()),
    scrolled() {
      if (!scroll.scrolled()) return false;
      if (scroll.isAtEnd()) setFollows(true);
      else detach();
      return true;
    },
  };
}
