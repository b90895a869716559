import { createEffect, createSignal } from 'solid-js';

/**
 * A question asked in place of the buttons that lead to it.
 *
 * Q1 The question focuses the answer marked `data-focus`: Enter pressed twice must not end anything.
 * Q2 Taken back, also by Escape, it returns the focus to the button with its name as `data-asks`.
 * Q3 Answered, it focuses its place: the button is gone, or disabled while the answer is under way.
 * Q4 It disappears when `mayAsk` no longer holds: its target has changed since it was read.
 */
export function createInPlaceQuestion<Ask extends string>(mayAsk: (what: Ask) => boolean = () => true) {
  const [asked, setAsked] = createSignal<Ask | null>(null);
  let place!: HTMLElement;

  const focus = (selector: string) => (place.querySelector<HTMLElement>(`${selector}:enabled`) ?? place).focus();

  function takeBack(): void {
    const before = asked();
    setAsked(null);
    focus(`[data-asks="${before}"]`);
  }

  function end(): void {
    const hadFocus = place.contains(document.activeElement);
    setAsked(null);
    if (hadFocus) place.focus();
  }

  createEffect(() => {
    const what = asked();
    if (what !== null && !mayAsk(what)) end();
  });

  return {
    asked,
    ask(what: Ask): void {
      setAsked(() => what);
      focus('[data-focus]');
    },
    takeBack,
    answered: end,
    /** For the element around buttons and question, focusable by script. */
    ref: (element: HTMLElement): void => {
      place = element;
    },
    onKeyDown(event: KeyboardEvent): void {
      if (event.key !== 'Escape' || asked() === null) return;
      event.stopPropagation();
      takeBack();
    },
  };
}
