import { type JSX, onCleanup, onMount, untrack } from 'solid-js';
import { path } from '../app/router.ts';
import { Icon } from './icon.tsx';

/**
 * A modal dialog: the browser keeps the focus in it, Escape closes it, and the focus goes back where it was. Whoever takes it off
 * the page closes it by that, so that a dialog that follows another remembers what had the focus before the first.
 */
export function Dialog(props: { title: string; onClose: () => void; wide?: boolean; children: JSX.Element }) {
  let dialog!: HTMLDialogElement;
  const heading = `dialog-${props.title.replace(/\W+/g, '-').toLowerCase()}`;
  const openedOn = untrack(path);
  const onClose = () => props.onClose();
  onMount(() => {
    dialog.showModal();
    // The event of the close itself comes late: what is pressed meanwhile would find a dialog that is there and is not open.
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      onClose();
    });
    // There are browsers that now and then close it without asking.
    dialog.addEventListener('close', onClose);
  });
  onCleanup(() => {
    // By the time that it came, another dialog may be open.
    dialog.removeEventListener('close', onClose);
    // The browser gives the focus back to what had it, if that is still there.
    dialog.close();
    const isBack = document.activeElement !== document.body && !dialog.contains(document.activeElement);
    // Another page is read from its beginning; while the dialog was open, nothing beside it could have the focus.
    if (!isBack || untrack(path) !== openedOn) document.querySelector('main')?.focus({ preventScroll: true });
  });
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it; a click beside it does the same for a pointer
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      class={props.wide ? 'dialog wide' : 'dialog'}
      onClick={(event) => event.target === dialog && onClose()}
    >
      <div class="dialog-body">
        <header>
          <h2 id={heading}>{props.title}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={onClose}>
            <Icon name="cross" />
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  );
}
