import { Show } from 'solid-js';
import type { Fault } from '../app/remote.ts';

/** Why a list could not be read; nothing while there is no fault. */
export function FaultLine(props: { fault: Fault | null }) {
  return (
    <Show when={props.fault}>
      {(fault) => (
        <p class="fault" role="alert">
          {fault().detail}
        </p>
      )}
    </Show>
  );
}
