import { createSignal, Show } from 'solid-js';
import type { Command } from '../../../shared/model/command.ts';
import { api } from '../app/api.ts';
import { Icon } from '../parts/basics/icon.tsx';
import { plural, size } from '../words/duration.ts';

/** The bar above an output: its size, the search, and the download. */
export function OutputBar(props: {
  command: Command;
  /** Whether the size is known. */
  isKnown: boolean;
  isEmpty: boolean;
  /** The size, in words. */
  size: string;
  lines: number;
  /** `null`: an error. */
  onFind: (text: string | null, step: 'next' | 'previous') => Promise<void>;
}) {
  const [words, setWords] = createSignal('');
  return (
    <div class="output-bar">
      <h2>Output</h2>
      <Show when={props.isKnown}>
        <span class="quiet num">
          {props.size}, {plural(props.lines, 'line')}
        </span>
      </Show>
      <Show when={props.command.output.truncated}>
        <span class="badge" data-tone="attention">
          <Icon name="triangle" />
          <span>Cut at {size(props.command.output.bytes)}</span>
        </span>
      </Show>
      <form
        class="search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          void props.onFind(words(), 'next');
        }}
      >
        <input
          type="search"
          aria-label="Search the whole output"
          placeholder="Search the output"
          value={words()}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
        <button
          type="button"
          class="icon-button"
          aria-label="Previous match"
          disabled={props.isEmpty}
          onClick={() => void props.onFind(words(), 'previous')}
        >
          <Icon name="up" />
        </button>
        <button type="submit" class="icon-button" aria-label="Next match" disabled={props.isEmpty}>
          <Icon name="down" />
        </button>
      </form>
      <button
        type="button"
        class="button"
        disabled={props.isEmpty}
        onClick={() => void props.onFind(null, 'next')}
        title="n, p for the one before"
      >
        Next error
      </button>
      <a class="button" href={api.outputUrl(props.command.id)} download={`${props.command.id}.log`}>
        <Icon name="download" />
        Raw
      </a>
    </div>
  );
}
