import { type JSX, onMount } from 'solid-js';
import { CopyLine } from '../basics/empty.tsx';

/** A new token, shown this once. It takes the focus. `title`: a sentence; `children`: what to do with the token. */
export function TokenShown(props: {
  label: string;
  title: JSX.Element;
  token: string;
  onDone: () => void;
  children?: JSX.Element;
}) {
  let panel!: HTMLDivElement;
  onMount(() => panel.focus());
  return (
    <div class="panel token" role="group" aria-label={props.label} tabIndex={-1} ref={panel}>
      <p>{props.title}</p>
      <CopyLine text={props.token} what="The token" />
      {props.children}
      <div>
        <button type="button" class="button small" onClick={() => props.onDone()}>
          I have it
        </button>
      </div>
    </div>
  );
}
