import { Show } from 'solid-js';

/** A fault, announced to screen readers; nothing while there is none. */
export function FaultLine(props: { fault: string | null | undefined }) {
  return (
    <Show when={props.fault}>
      {(fault) => (
        <p class="fault" role="alert">
          {fault()}
        </p>
      )}
    </Show>
  );
}
