import { Show } from 'solid-js';
import type { createPages } from '../../app/pages.ts';

/** Loads the next page of a list; gone after the last one. */
export function Older(props: {
  pages: Pick<ReturnType<typeof createPages>, 'hasOlder' | 'loadOlder'>;
  onLoaded?: () => void;
}) {
  return (
    <Show when={props.pages.hasOlder()}>
      <button type="button" class="button" onClick={() => void props.pages.loadOlder().then(() => props.onLoaded?.())}>
        Older
      </button>
    </Show>
  );
}
