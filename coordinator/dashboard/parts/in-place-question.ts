import { createEffect, createSignal } from 'solid-js';

/**
 * A question asked in place of the buttons that lead to it.
 *
 * Q1 Asked, it has the focus on the answer marked `data-focus`: Enter pressed twice must not end anything.
 * Q2 Taken back, also by Escape, it gives the focus back to the button marked `data-asks` with its name.
 * Q3 Answered, it leaves the focus in its place: the button that had it is gone, or off while the answer is under way.
 * Q4 It goes when `mayAsk` no longer holds: what it names has changed since it was read.
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
    /** Of the element, focusable by script, around the buttons and the question. */
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
