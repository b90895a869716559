import { type JSX, Show } from 'solid-js';
import { plural } from '../../words/duration.ts';
import type { createSteady } from './steady.ts';

type Steady = Pick<ReturnType<typeof createSteady>, 'hold' | 'pending' | 'release'>;

/**
 * Holds its rows still while a pointer or the focus is in it; the button for waiting changes lies over them, so that it moves nothing.
 * `words`: the button's text; by default it counts the rows that would move.
 */
export function SteadyList(props: { steady: Steady; words?: string; children: JSX.Element }) {
  return (
    <div class="steady-list" {...props.steady.hold}>
      <div class="steady-slot">
        <Show when={props.steady.pending() > 0}>
          <button type="button" class="button small steady" onClick={props.steady.release}>
            {props.words ?? `${plural(props.steady.pending(), 'row')} would move: update the list`}
          </button>
        </Show>
      </div>
      {props.children}
    </div>
  );
}
