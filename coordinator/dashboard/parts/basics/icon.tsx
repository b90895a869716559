import { Show } from 'solid-js';
import type { Shape } from '../../../../shared/looks/looks.ts';

const PATHS = {
  check: 'M3 8.5l3.2 3.2L13 4.8',
  half: 'M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 0 1 0-11zM8 2.5v11',
  clock: 'M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 0 1 0-11zM8 5v3.2l2.2 1.3',
  triangle: 'M8 2.5l6 10.8H2zM8 6.4v3.2M8 11.4v.2',
  cross: 'M4 4l8 8M12 4l-8 8',
  question: 'M5.4 5.9C5.4 4.3 6.5 3.4 8 3.4s2.6.9 2.6 2.3c0 2-2.6 2-2.6 4.1M8 12.4v.2',
  square: 'M4 4h8v8H4z',
  slash: 'M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 0 1 0-11zM4.2 11.8l7.6-7.6',
  dash: 'M3.5 8h9',
  dot: 'M8 7a1 1 0 1 1 0 2a1 1 0 0 1 0-2z',
  search: 'M7 2.8a4.2 4.2 0 1 1 0 8.4a4.2 4.2 0 0 1 0-8.4zM10.2 10.2l3.3 3.3',
  down: 'M4 6.2l4 4 4-4',
  up: 'M4 9.8l4-4 4 4',
  right: 'M6.2 4l4 4-4 4',
  copy: 'M6 6h7v7H6zM10 6V3H3v7h3',
  download: 'M8 2.5v7.5M4.8 7L8 10.2 11.2 7M3 13.2h10',
  plus: 'M8 3v10M3 8h10',
  play: 'M5 3.2l7.5 4.8L5 12.8z',
  yard: 'M1.5 4.5h13M1.5 11.5h13M4.5 11.5c3.5 0 3.5-7 7-7',
} as const satisfies Record<Shape, string> & Record<string, string>;

export type IconName = keyof typeof PATHS;

/** The filled part of a shape. */
const FILLED: Partial<Record<IconName, string>> = { half: 'M8 2.5a5.5 5.5 0 0 1 0 11z', square: PATHS.square };

/** 16 px, stroke 1.5. It stands beside a word, so it needs no label. */
export function Icon(props: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" data-shape={props.name}>
      <path d={PATHS[props.name]} />
      <Show when={FILLED[props.name]}>{(path) => <path class="filled" d={path()} />}</Show>
    </svg>
  );
}
