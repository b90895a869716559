import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount, Show } from 'solid-js';
import { type Command, isActive } from '../../../shared/command.ts';
import { isFinal } from '../../../shared/output-arrival.ts';
import { api } from '../app/api.ts';
import { useLive } from '../app/context.ts';
import type { OutputFrame } from '../app/live.ts';
import { copy } from '../app/notices.ts';
import { query, setQuery } from '../app/router.ts';
import { Icon } from '../parts/icon.tsx';
import { count } from '../words/duration.ts';
import { holdingWords, notFoundWords } from '../words/holding.ts';
import { OutputBar } from './output-bar.tsx';
import { createOutputFinder } from './output-finder.ts';
import { emptyWords, holdingSeen } from './output-holding.ts';
import { OutputLine } from './output-line.tsx';
import { createOutputScroll } from './output-scroll.ts';
import { createOutputSource } from './output-source.ts';
import { linesShown, type ShownLine } from './shown-lines.ts';

/** A jump leaves so many lines above. */
const LINES_ABOVE = 4;
const REST_MS = 200;
const UNREAD = 'This part of the output could not be read.';

/** The output of a command: a window on it, however long it is. Output is data; nothing in it acts. */
export function OutputView(props: { command: Command }) {
  const live = useLive();
  const { id } = props.command;
  let region!: HTMLDivElement;
  const [changes, setChanges] = createSignal(0);
  const [follows, setFollows] = createSignal(true);
  const [cursor, setCursor] = createSignal<number | null>(null);
  const [seenLines, setSeenLines] = createSignal(0);
  const [isOpen, setOpen] = createSignal(false);
  /** Where a jump was to go that could not be read. */
  const [missed, setMissed] = createSignal<number | null>(null);
  const [said, setSaid] = createSignal('');

  const source = createOutputSource({
    index: async () => {
      const answer = await api.outputIndex(id);
      return answer.ok ? answer.body : null;
    },
    read: (offset, limit) => api.outputBytes(id, offset, limit),
    onChange: () => setChanges((n) => n + 1),
  });
  const lines = () => {
    changes();
    return source.lines();
  };
  const bytes = () => {
    changes();
    return source.bytes();
  };
  const hostName = () => live.host(props.command.hostId)?.name ?? 'a removed host';
  const holding = () => holdingSeen(props.command, live, { bytes, told: source.told });
  const scroll = createOutputScroll(() => region, lines);
  const drawn = createMemo<ShownLine[]>((before) => {
    changes();
    return linesShown(source.line, scroll.range(), before);
  }, []);
  const isUnread = createMemo(() => {
    changes();
    const isEndShown = scroll.range().last > source.lines();
    return (
      missed() !== null || (isEndShown && source.isEndUnread()) || drawn().some(({ number }) => source.isUnread(number))
    );
  });
  const unseen = () => (follows() ? 0 : Math.max(0, lines() - seenLines()));

  function detach(): void {
    if (follows()) setSeenLines(lines());
    setFollows(false);
  }

  function attach(): void {
    setFollows(true);
    scroll.moveTo(scroll.maxTop());
  }

  async function jumpTo(offset: number): Promise<void> {
    const number = await source.lineAt(offset);
    setMissed(number === null ? offset : null);
    if (number === null) return;
    detach();
    setCursor(number);
    scroll.moveTo(number - 1 - LINES_ABOVE);
  }

  const cursorOffset = (): number => source.line(cursor() ?? 0)?.offset ?? -1;

  async function find(text: string | null, step: 'next' | 'previous'): Promise<void> {
    if (text === '' || bytes() === 0) return;
    const found = await createOutputFinder(id, text)[step](step === 'next' ? lineEnd() : cursorOffset());
    if (found === 'unread') setSaid(`The output could not be searched for ${text === null ? 'errors' : `“${text}”`}`);
    else if (typeof found === 'object') setSaid(notFoundWords(text, found, hostName()));
    else {
      setSaid('');
      await jumpTo(found);
    }
  }

  /** Where the host has named the line that says why, there; else at the last that looks like one. */
  async function showFailure(): Promise<void> {
    const offset = props.command.evidence?.errorLine?.offset;
    if (offset !== undefined && offset < bytes()) await jumpTo(offset);
    else await find(null, 'previous');
  }

  /** The search goes on behind the line at which we are. */
  function lineEnd(): number {
    const next = source.line((cursor() ?? 0) + 1)?.offset;
    return next === undefined ? cursorOffset() : next - 1;
  }

  function moveCursor(step: number): void {
    const number = Math.min(lines(), Math.max(1, (cursor() ?? Math.floor(scroll.top()) + 1) + step));
    detach();
    setCursor(number);
    const above = number - 1 < scroll.top();
    const below = number > scroll.top() + scroll.shown() - 1;
    if (above) scroll.moveTo(number - 1);
    if (below) scroll.moveTo(number - scroll.shown() + 1);
  }

  /** The link to a line names its first byte, which never moves. */
  function linkTo(number: number): void {
    const line = source.line(number);
    if (!line) return;
    setCursor(number);
    setQuery({ at: String(line.offset) });
    void copy(location.href, `Link to line ${number}`);
  }

  const KEYS: Record<string, () => void> = {
    ArrowDown: () => moveCursor(1),
    ArrowUp: () => moveCursor(-1),
    PageDown: () => moveCursor(Math.floor(scroll.shown())),
    PageUp: () => moveCursor(-Math.floor(scroll.shown())),
    Home: () => moveCursor(-lines()),
    End: attach,
    Enter: () => linkTo(cursor() ?? 0),
    n: () => void find(null, 'next'),
    p: () => void find(null, 'previous'),
  };

  function onKey(event: KeyboardEvent): void {
    const act = event.target === region && !event.ctrlKey && !event.metaKey ? KEYS[event.key] : undefined;
    if (!act) return;
    event.preventDefault();
    moveOn();
    act();
  }

  /** Until it is known how much there is, nothing is shown, and nothing is followed. */
  async function open(): Promise<void> {
    if (!(await source.load()) || hasLeft || isOpen()) return;
    setOpen(true);
    const linked = query('at');
    const hasFailed = !isActive(props.command.status) && props.command.status !== 'SUCCESS';
    if (linked !== '') await jumpTo(Number(linked));
    else if (hasFailed) await showFailure();
    if (cursor() === null) attach();
    // That a failed command has no error in it is news only where not all of it was seen.
    if (isFinal(holding().arrival)) setSaid('');
    if (!hasLeft) stopFollowing = live.follow(id, source.bytes, (piece) => void take(piece));
  }

  async function take(piece: OutputFrame): Promise<void> {
    if (source.append(piece)) drawSoon();
    else await source.load();
  }

  /** Asks once for what could not be read: the link is back, or a person looks or asks for it. */
  async function lookAgain(): Promise<void> {
    if (!isUnread()) return;
    if (!isOpen()) return open();
    await source.retry();
    const offset = missed();
    if (offset !== null) await jumpTo(offset);
  }

  let looking: ReturnType<typeof setTimeout> | undefined;
  /** A person looks elsewhere: there, and not where a jump was to go, is looked again, once they have come to rest. */
  function moveOn(): void {
    setMissed(null);
    clearTimeout(looking);
    looking = setTimeout(() => void lookAgain(), REST_MS);
  }

  let isDue = false;
  /** Of a hundred pieces a second, a frame shows all that have come. */
  function drawSoon(): void {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      setChanges((n) => n + 1);
    });
  }

  function tryAgain(): void {
    // The button goes when it has helped.
    region.focus();
    void lookAgain();
  }

  function onScroll(): void {
    if (!scroll.scrolled()) return;
    if (scroll.isAtEnd()) setFollows(true);
    else detach();
    moveOn();
  }

  let stopFollowing: (() => void) | undefined;
  let hasLeft = false;
  onMount(() => {
    const resizing = new ResizeObserver(() => {
      scroll.resized();
      scroll.moveTo(follows() ? scroll.maxTop() : scroll.top());
    });
    resizing.observe(region);
    const takeOver = (event: WheelEvent) => {
      if (!scroll.wheel(event.deltaY)) return;
      event.preventDefault();
      detach();
      moveOn();
    };
    region.addEventListener('wheel', takeOver, { passive: false });
    void open();
    onCleanup(() => {
      clearTimeout(looking);
      resizing.disconnect();
      stopFollowing?.();
      hasLeft = true;
    });
  });

  createEffect(
    on(lines, () => {
      if (follows()) scroll.moveTo(scroll.maxTop());
      else scroll.moveTo(scroll.top());
    }),
  );
  createEffect(on(live.link, (link) => link === 'live' && void lookAgain(), { defer: true }));

  return (
    <section class="output" aria-label="Output">
      <OutputBar
        command={props.command}
        isKnown={isOpen()}
        isEmpty={bytes() === 0}
        size={holdingWords(holding(), hostName())}
        lines={lines()}
        onFind={find}
      />
      <p class="sr-only" role="status">
        {isUnread() ? UNREAD : said()}
      </p>
      <Show when={said()}>
        <p class="hint">{said()}</p>
      </Show>
      <Show when={isUnread()}>
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
            <For each={drawn()}>
              {(line) => (
                <OutputLine
                  line={line}
                  y={scroll.yOf(line.number - 1)}
                  isCursor={cursor() === line.number}
                  onLink={() => linkTo(line.number)}
                />
              )}
            </For>
          </div>
        </div>
        <Show when={isOpen() && bytes() === 0}>
          <p class="output-empty">{emptyWords(props.command, holding(), hostName(), live.now())}</p>
        </Show>
        <Show when={unseen() > 0}>
          <button type="button" class="button primary unseen" onClick={attach}>
            {count(unseen())} new
            <Icon name="down" />
          </button>
        </Show>
      </div>
    </section>
  );
}
