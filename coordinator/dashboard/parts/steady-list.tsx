import { type JSX, Show } from 'solid-js';
import type { createSteady } from './steady.ts';

/** Holds its rows still while a pointer or the focus is in it; the button for waiting changes lies over them, so that it moves nothing. */
export function SteadyList(props: { steady: ReturnType<typeof createSteady>; words: string; children: JSX.Element }) {
  return (
    <div class="steady-list" {...props.steady.hold}>
      <div class="steady-slot">
        <Show when={props.steady.pending() > 0}>
          <button type="button" class="button small steady" onClick={props.steady.release}>
            {props.words}
          </button>
        </Show>
      </div>
      {props.children}
    </div>
  );
}
