/**
 * Nothing slips under a pointer or the focus, on any page and however much changes.
 *
 * S1 Nothing is redrawn while a pointer button is down: a press ends where it began.
 * S2 The control under the pointer, else the focused one, keeps its place on the screen when content above it grows or goes.
 * S3 The second click of a double click counts only on the control that got the first.
 */

/** Limit for a press that never ends, such as one released outside the window. */
const LONGEST_PRESS_MS = 2_000;
/** By then the click of a press has been handled; a finger's comes a little after its release. */
const CLICK_MS = 60;

const TARGETS = 'a, button, input, select, summary, [tabindex="0"]';

let pointer: { x: number; y: number } | null = null;
let moved = false;
let isDown = false;
let releasing: ReturnType<typeof setTimeout> | undefined;
let clicked: Element | null = null;
const waiting: (() => void)[] = [];

/** Whether the pointer itself moved last, rather than the page beneath it. */
export const hasMoved = (): boolean => moved;

/** Runs the update now, or when the current press ends. */
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

/** The element that must not move. The output keeps its own place. */
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

/** Starts watching the pointer; call it once. */
export function keepStill(): void {
  const capture = { capture: true, passive: true };
  const at = ({ clientX: x, clientY: y, pointerType }: PointerEvent) => {
    moved = pointer?.x !== x || pointer?.y !== y;
    // A lifted finger points at nothing.
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
