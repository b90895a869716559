import { type Accessor, type JSX, Show } from 'solid-js';
import { createNarrow, RowList } from './row-list.tsx';
import type { createSteady } from './steady.ts';
import { SteadyList } from './steady-list.tsx';

/** A long list whose rows stay still under a pointer or the focus. `rowPx`, `cardPx`: the height of a row, in a wide and a narrow window. */
export function SteadyRows<Item>(props: {
  steady: ReturnType<typeof createSteady<Item>>;
  label: string;
  /** Prefix of its class names. */
  name: string;
  rowPx: number;
  cardPx: number;
  head: JSX.Element;
  children: (item: Accessor<Item>) => JSX.Element;
}) {
  const isNarrow = createNarrow();
  return (
    <SteadyList steady={props.steady}>
      <RowList
        label={props.label}
        name={props.name}
        keys={props.steady.keys()}
        rowPx={isNarrow() ? props.cardPx : props.rowPx}
        head={props.head}
      >
        {(key) => <Show when={props.steady.item(key)}>{(item) => props.children(item)}</Show>}
      </RowList>
    </SteadyList>
  );
}
