/**
 * Nothing slips under a pointer or the focus, on any page and however much changes.
 *
 * S1 While a button of the pointer is down nothing is drawn anew: a press ends on what it began on.
 * S2 What is pointed at, else what has the focus, stays where it is on the screen when what stands above it grows or goes.
 * S3 The second click of a double click counts only where the first went: what has come in its place was not meant.
 */

/** A press that never ends, such as one that was let go outside of the window, holds the page no longer than this. */
const LONGEST_PRESS_MS = 2_000;
/** By then the click that a press makes has been handled; of a finger it comes a little after the release. */
const CLICK_MS = 60;

const TARGETS = 'a, button, input, select, summary, [tabindex="0"]';

let pointer: { x: number; y: number } | null = null;
let moved = false;
let isDown = false;
let releasing: ReturnType<typeof setTimeout> | undefined;
let clicked: Element | null = null;
const waiting: (() => void)[] = [];

/** Whether the last event of the pointer was a move of it, and not of what lies under it. */
export const hasMoved = (): boolean => moved;

/** Draws something anew, at once or when the press that is under way has ended. */
export function draw(update: () => void): void {
  if (isDown) waiting.push(update);
  else anchored(update);
}

function anchored(update: () => void): void {
  const anchor = anchorNow();
  const top = anchor?.getBoundingClientRect().top ?? 0;
  update();
  if (!anchor?.isConnected) return;
  const slipped = anchor.getBoundingClientRect().top - top;
  const scroller = anchor.closest('dialog') ?? document.scrollingElement;
  if (slipped !== 0 && scroller) scroller.scrollTop += slipped;
}

/** What must not move. The output has a way of its own to stay where it is. */
function anchorNow(): Element | null {
  const pointed = pointer && document.elementFromPoint(pointer.x, pointer.y)?.closest(TARGETS);
  const { activeElement } = document;
  const anchor = pointed ?? (activeElement?.matches(TARGETS) ? activeElement : null);
  return anchor?.closest('.output-region') ? null : anchor;
}

function release(): void {
  clearTimeout(releasing);
  isDown = false;
  const updates = waiting.splice(0);
  if (updates.length > 0)
    anchored(() => {
      for (const update of updates) update();
    });
}

function releaseAfter(ms: number): void {
  clearTimeout(releasing);
  releasing = setTimeout(release, ms);
}

const controlOf = ({ target }: Event): Element | null => (target instanceof Element ? target.closest(TARGETS) : null);

/** Begins to watch the pointer; to be called once. */
export function keepStill(): void {
  const capture = { capture: true, passive: true };
  const at = ({ clientX: x, clientY: y, pointerType }: PointerEvent) => {
    moved = pointer?.x !== x || pointer?.y !== y;
    // A finger that was lifted points at nothing.
    pointer = pointerType === 'touch' ? null : { x, y };
  };
  addEventListener('pointermove', at, capture);
  addEventListener(
    'pointerdown',
    (event) => {
      at(event);
      isDown = true;
      releaseAfter(LONGEST_PRESS_MS);
    },
    capture,
  );
  addEventListener('pointerup', () => releaseAfter(CLICK_MS), capture);
  addEventListener('pointercancel', () => releaseAfter(0), capture);
  addEventListener('blur', () => releaseAfter(0));
  document.documentElement.addEventListener('pointerleave', () => {
    pointer = null;
  });
  addEventListener(
    'click',
    (event) => {
      const control = controlOf(event);
      if (event.detail > 1 && control !== clicked) {
        event.preventDefault();
        event.stopImmediatePropagation();
      } else clicked = control;
    },
    true,
  );
}
