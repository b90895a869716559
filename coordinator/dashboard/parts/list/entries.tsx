import { type Accessor, createMemo, For, type JSX, Show } from 'solid-js';
import { isSameList } from './steady.ts';

/** A list that keeps its rows while it is read again, so that a question open in one of them stays. */
export function Entries<Item extends { id: string }>(props: {
  items: readonly Item[];
  children: (item: Accessor<Item>) => JSX.Element;
}) {
  const ids = createMemo(() => props.items.map(({ id }) => id), undefined, { equals: isSameList });
  return (
    <ul class="entries">
      <For each={ids()}>
        {(id) => <Show when={props.items.find((one) => one.id === id)}>{(item) => props.children(item)}</Show>}
      </For>
    </ul>
  );
}
