import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup, onMount } from 'solid-js';
import { type Command, isActive } from '../../../shared/command.ts';
import { isFinal } from '../../../shared/output-arrival.ts';
import { api } from '../app/api.ts';
import type { Live, OutputFrame } from '../app/live.ts';
import { copy } from '../app/notices.ts';
import { query, setQuery } from '../app/router.ts';
import { notFoundWords } from '../words/holding.ts';
import { createOutputFinder } from './output-finder.ts';
import { holdingSeen } from './output-holding.ts';
import { createOutputScroll } from './output-scroll.ts';
import { createOutputSource } from './output-source.ts';
import { linesShown, type ShownLine } from './shown-lines.ts';

/** A jump leaves this many lines above its target. */
const LINES_ABOVE = 4;
const REST_MS = 200;

/** A person's reading of one output: position, following and search. `region`: the element that scrolls. */
export function createOutputReading(props: { command: Command }, live: Live, region: Accessor<HTMLDivElement>) {
  const { id } = props.command;
  const [changes, setChanges] = createSignal(0);
  const [follows, setFollows] = createSignal(true);
  const [cursor, setCursor] = createSignal<number | null>(null);
  const [seenLines, setSeenLines] = createSignal(0);
  const [isOpen, setOpen] = createSignal(false);
  /** The target of a jump that could not be read. */
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
  const scroll = createOutputScroll(region, lines);
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

  /** Jumps to the error line that the host named, else to the last one that looks like it. */
  async function showFailure(): Promise<void> {
    const offset = props.command.evidence?.errorLine?.offset;
    if (offset !== undefined && offset < bytes()) await jumpTo(offset);
    else await find(null, 'previous');
  }

  /** A search goes on after the current line. */
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
    const act = event.target === region() && !event.ctrlKey && !event.metaKey ? KEYS[event.key] : undefined;
    if (!act) return;
    event.preventDefault();
    moveOn();
    act();
  }

  /** Shows and follows nothing until the size is known. */
  async function open(): Promise<void> {
    if (!(await source.load()) || hasLeft || isOpen()) return;
    setOpen(true);
    const linked = query('at');
    const hasFailed = !isActive(props.command.status) && props.command.status !== 'SUCCESS';
    if (linked !== '') await jumpTo(Number(linked));
    else if (hasFailed) await showFailure();
    if (cursor() === null) attach();
    // That a failed command shows no error is worth saying only while output is missing.
    if (isFinal(holding().arrival)) setSaid('');
    if (!hasLeft) stopFollowing = live.follow(id, source.bytes, (piece) => void take(piece));
  }

  async function take(piece: OutputFrame): Promise<void> {
    if (source.append(piece)) drawSoon();
    else await source.load();
  }

  /** Requests unread parts once more: the link is back, or a person looks or asks. */
  async function lookAgain(): Promise<void> {
    if (!isUnread()) return;
    if (!isOpen()) return open();
    await source.retry();
    const offset = missed();
    if (offset !== null) await jumpTo(offset);
  }

  let looking: ReturnType<typeof setTimeout> | undefined;
  /** The person scrolled away: the parts there, not the jump's target, are requested once the scrolling stops. */
  function moveOn(): void {
    setMissed(null);
    clearTimeout(looking);
    looking = setTimeout(() => void lookAgain(), REST_MS);
  }

  let isDue = false;
  /** Draws all pieces since the last frame together. */
  function drawSoon(): void {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      setChanges((n) => n + 1);
    });
  }

  function tryAgain(): void {
    // The button disappears once it has helped.
    region().focus();
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
    resizing.observe(region());
    const takeOver = (event: WheelEvent) => {
      if (!scroll.wheel(event.deltaY)) return;
      event.preventDefault();
      detach();
      moveOn();
    };
    region().addEventListener('wheel', takeOver, { passive: false });
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

  return {
    isOpen,
    bytes,
    lines,
    holding,
    hostName,
    drawn,
    isUnread,
    said,
    unseen,
    scroll,
    isCursor: (number: number) => cursor() === number,
    find,
    linkTo,
    attach,
    tryAgain,
    onKey,
    onScroll,
  };
}
