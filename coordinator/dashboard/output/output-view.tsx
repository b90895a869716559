import { For, Show } from 'solid-js';
import type { Command } from '../../../shared/model/command.ts';
import { useLive } from '../app/context.ts';
import { Icon } from '../parts/basics/icon.tsx';
import { count } from '../words/duration.ts';
import { holdingWords } from '../words/holding.ts';
import { OutputBar } from './output-bar.tsx';
import { emptyWords } from './output-holding.ts';
import { createOutputKeys, linkTo } from './output-keys.ts';
import { OutputLine } from './output-line.tsx';
import { createOutputReading } from './output-reading.ts';

const UNREAD = 'This part of the output could not be read.';

/** The output of a command: a window on it, however long it is. Output is data; nothing in it acts. */
export function OutputView(props: { command: Command }) {
  const live = useLive();
  let region!: HTMLDivElement;
  const reading = createOutputReading(props, live, () => region);
  const { text, position, search } = reading;
  const { scroll } = position;
  const onKey = createOutputKeys(reading);
  const tryAgain = () => {
    // The button disappears once it has helped.
    region.focus();
    void reading.lookAgain();
  };
  const onScroll = () => {
    if (position.scrolled()) reading.moveOn();
  };

  return (
    <section class="output" aria-label="Output">
      <OutputBar
        command={props.command}
        isKnown={reading.isOpen()}
        isEmpty={text.bytes() === 0}
        size={holdingWords(reading.holding(), reading.hostName())}
        lines={text.lines()}
        onFind={search.find}
      />
      <p class="sr-only" role="status">
        {reading.isUnread() ? UNREAD : search.said()}
      </p>
      <Show when={search.said()}>
        <p class="hint">{search.said()}</p>
      </Show>
      <Show when={reading.isUnread()}>
        <p class="hint">
          {`${UNREAD} `}
          <button type="button" class="button small" onClick={tryAgain}>
            Try again
          </button>
        </p>
      </Show>
      <div class="output-frame">
        <div
          class="output-region"
          role="region"
          aria-label="Output lines. Arrows move, n and p go to errors, Enter links the line"
          tabIndex={0}
          ref={region}
          onKeyDown={onKey}
          onScroll={onScroll}
        >
          <div class="output-lines" style={{ height: `${scroll.spacer()}px` }}>
            <For each={reading.drawn()}>
              {(line) => (
                <OutputLine
                  line={line}
                  y={scroll.yOf(line.number - 1)}
                  isCursor={position.cursor() === line.number}
                  onLink={() => linkTo(reading, line.number)}
                />
              )}
            </For>
          </div>
        </div>
        <Show when={reading.isOpen() && text.bytes() === 0}>
          <p class="output-empty">{emptyWords(props.command, reading.holding(), reading.hostName(), live.now())}</p>
        </Show>
        <Show when={position.unseen() > 0}>
          <button type="button" class="button primary unseen" onClick={position.attach}>
            {count(position.unseen())} new
            <Icon name="down" />
          </button>
        </Show>
      </div>
    </section>
  );
}
