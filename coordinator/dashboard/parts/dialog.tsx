import { type JSX, onMount } from 'solid-js';
import { Icon } from './icon.tsx';

/** A modal dialog: the browser keeps the focus in it, Escape closes it, and the focus goes back where it was. */
export function Dialog(props: { title: string; onClose: () => void; wide?: boolean; children: JSX.Element }) {
  let dialog!: HTMLDialogElement;
  const heading = `dialog-${props.title.replace(/\W+/g, '-').toLowerCase()}`;
  onMount(() => {
    const before = document.activeElement;
    dialog.showModal();
    dialog.addEventListener('close', () => {
      if (before instanceof HTMLElement) before.focus();
      props.onClose();
    });
  });
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it; a click beside it does the same for a pointer
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      class={props.wide ? 'dialog wide' : 'dialog'}
      onClick={(event) => event.target === dialog && dialog.close()}
    >
      <div class="dialog-body">
        <header>
          <h2 id={heading}>{props.title}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={() => dialog.close()}>
            <Icon name="cross" />
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  );
}
