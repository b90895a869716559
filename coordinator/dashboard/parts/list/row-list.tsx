import { createMemo, createSignal, For, type JSX, onCleanup, onMount } from 'solid-js';
import { createRowWindow } from './row-window.ts';

const NARROW = '(max-width: 767px)';

/** Whether the window is too narrow for columns; rows are cards then. */
export function createNarrow(): () => boolean {
  const media = matchMedia(NARROW);
  const [isNarrow, setNarrow] = createSignal(media.matches);
  onMount(() => {
    const heard = () => setNarrow(media.matches);
    media.addEventListener('change', heard);
    onCleanup(() => media.removeEventListener('change', heard));
  });
  return isNarrow;
}

const controlsOf = (row: Element | null): HTMLElement[] => [
  ...(row?.querySelectorAll<HTMLElement>('a, button:enabled, input:enabled, select:enabled') ?? []),
];

/** The control that an arrow key leads to: the next one in the row, or the one at the same place in the next row. */
function goalOf(key: string, row: HTMLElement, from: HTMLElement): HTMLElement | undefined {
  const controls = controlsOf(row);
  const at = controls.indexOf(from);
  if (at < 0) return undefined;
  if (key === 'ArrowRight') return controls[at + 1];
  if (key === 'ArrowLeft') return controls[at - 1];
  const next = key === 'ArrowDown' ? row.nextElementSibling : key === 'ArrowUp' ? row.previousElementSibling : null;
  const there = controlsOf(next);
  return there[Math.min(at, there.length - 1)];
}

/**
 * The rows of a long list, all of one height, known by their keys; only those in sight and the focused one are drawn.
 * Up and down go from row to row, left and right through a row's controls.
 */
export function RowList(props: {
  label: string;
  /** Prefix of its class names. */
  name: string;
  keys: readonly string[];
  rowPx: number;
  head: JSX.Element;
  /** The row's tone. */
  tone?: (key: string) => string | undefined;
  children: (key: string) => JSX.Element;
}) {
  let list!: HTMLDivElement;
  const range = createRowWindow(() => list, { rowPx: () => props.rowPx, count: () => props.keys.length });
  const [focused, setFocused] = createSignal<string | null>(null);
  /** In order. The focused row stays, wherever the page is scrolled. */
  const drawn = createMemo(() => {
    const { first, last } = range();
    const inSight = props.keys.slice(first, last);
    const key = focused();
    const at = key === null || inSight.includes(key) ? -1 : props.keys.indexOf(key);
    if (key === null || at < 0) return inSight;
    return at < first ? [key, ...inSight] : [...inSight, key];
  });
  const places = createMemo(() => new Map(props.keys.map((key, at) => [key, at])));
  const isAway = (at: number) => at < range().first || at >= range().last;

  function onKeyDown(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
    const { target, currentTarget: row } = event;
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    if (!isPlain || !(target instanceof HTMLElement) || target.matches('select, input[type=text]')) return;
    const goal = goalOf(event.key, row, target);
    if (!goal) return;
    event.preventDefault();
    goal.focus();
    goal.scrollIntoView({ block: 'nearest' });
  }

  return (
    <div class={`rows ${props.name}`} role="table" aria-label={props.label} aria-rowcount={props.keys.length + 1}>
      <div role="rowgroup">
        <div class={`rows-head ${props.name}-head`} role="row" aria-rowindex={1}>
          {props.head}
        </div>
      </div>
      <div
        role="rowgroup"
        ref={list}
        class={`rows-body ${props.name}-rows`}
        style={{
          '--row': `${props.rowPx}px`,
          height: `${props.keys.length * props.rowPx}px`,
          'padding-top': `${range().first * props.rowPx}px`,
        }}
      >
        <For each={drawn()}>
          {(key) => {
            const at = () => places().get(key) ?? 0;
            return (
              <div
                class={`row ${props.name}-row`}
                role="row"
                aria-rowindex={at() + 2}
                data-key={key}
                data-tone={props.tone?.(key)}
                style={isAway(at()) ? { position: 'absolute', top: `${at() * props.rowPx}px` } : {}}
                onFocusIn={() => setFocused(key)}
                onFocusOut={() => setFocused(null)}
                onKeyDown={onKeyDown}
              >
                {props.children(key)}
              </div>
            );
          }}
        </For>
      </div>
    </div>
  );
}
