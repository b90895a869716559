import { type JSX, onCleanup, onMount, untrack } from 'solid-js';
import { path } from '../../app/router.ts';
import { Icon } from './icon.tsx';

/**
 * A modal dialog: the browser keeps the focus in it, Escape closes it, and the focus returns. Removing it from the page closes it,
 * so that a dialog that follows another remembers the focus before the first.
 */
export function Dialog(props: { title: string; onClose: () => void; wide?: boolean; children: JSX.Element }) {
  let dialog!: HTMLDialogElement;
  const heading = `dialog-${props.title.replace(/\W+/g, '-').toLowerCase()}`;
  const openedOn = untrack(path);
  const onClose = () => props.onClose();
  onMount(() => {
    dialog.showModal();
    // The close event comes late: a key pressed meanwhile would find a dialog that is there but not open.
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      onClose();
    });
    // Some browsers now and then close it without asking.
    dialog.addEventListener('close', onClose);
  });
  onCleanup(() => {
    // By the time it came, another dialog may be open.
    dialog.removeEventListener('close', onClose);
    // The browser returns the focus if its element is still there.
    dialog.close();
    const isBack = document.activeElement !== document.body && !dialog.contains(document.activeElement);
    // A new page is read from its beginning; while the dialog was open, nothing else could take the focus.
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
