import { For, Show } from 'solid-js';
import { segmentsOf } from './ansi.ts';
import { LINE_PX } from './output-scroll.ts';
import type { ShownLine } from './shown-lines.ts';

/** One line with its number, which links to it; `y`: its place in the scrolling element. */
export function OutputLine(props: { line: ShownLine; y: number; isCursor: boolean; onLink: () => void }) {
  const { number, text, isCut } = props.line;
  return (
    <div
      class="line"
      classList={{ cursor: props.isCursor }}
      style={{ transform: `translateY(${props.y}px)`, height: `${LINE_PX}px` }}
    >
      <button
        type="button"
        class="line-no num"
        tabIndex={-1}
        aria-label={`Link to line ${number}`}
        onClick={() => props.onLink()}
      >
        {number}
      </button>
      <span class="line-text">
        <For each={segmentsOf(text)}>{(part) => <span class={part.look}>{part.text}</span>}</For>
        <Show when={isCut}>
          <span class="line-cut">… the line goes on; Raw has all of it</span>
        </Show>
      </span>
    </div>
  );
}
