import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup, onMount } from 'solid-js';
import { type Command, isActive } from '../../../shared/model/command.ts';
import { isFinal } from '../../../shared/model/output-arrival.ts';
import type { Live, OutputFrame } from '../app/live.ts';
import { query } from '../app/router.ts';
import { holdingSeen } from './output-holding.ts';
import { createOutputPosition } from './output-position.ts';
import { createOutputSearch } from './output-search.ts';
import { createOutputText } from './output-text.ts';
import { linesShown, type ShownLine } from './shown-lines.ts';

const REST_MS = 200;

/** A person's reading of one output: its text, their position in it and their search. `region`: the element that scrolls. */
export function createOutputReading(props: { command: Command }, live: Live, region: Accessor<HTMLDivElement>) {
  const { id } = props.command;
  const [isOpen, setOpen] = createSignal(false);
  const hostName = () => live.host(props.command.hostId)?.name ?? 'a removed host';
  const text = createOutputText(id);
  const { source, changes, lines, bytes } = text;
  const position = createOutputPosition(text, region);
  const { scroll, cursor } = position;
  const search = createOutputSearch(props, text, position, hostName);
  const holding = () => holdingSeen(props.command, live, { bytes, told: source.told });
  const drawn = createMemo<ShownLine[]>((before) => {
    changes();
    return linesShown(source.line, scroll.range(), before);
  }, []);
  const isUnread = createMemo(() => {
    changes();
    const isEndShown = scroll.range().last > source.lines();
    return (
      position.missed() !== null ||
      (isEndShown && source.isEndUnread()) ||
      drawn().some(({ number }) => source.isUnread(number))
    );
  });

  /** Shows and follows nothing until the size is known. */
  async function open(): Promise<void> {
    if (!(await source.load()) || hasLeft || isOpen()) return;
    setOpen(true);
    const linked = query('at');
    const hasFailed = !isActive(props.command.status) && props.command.status !== 'SUCCESS';
    if (linked !== '') await position.jumpTo(Number(linked));
    else if (hasFailed) await search.showFailure();
    if (cursor() === null) position.attach();
    // That a failed command shows no error is worth saying only while output is missing.
    if (isFinal(holding().arrival)) search.forgetSaid();
    if (!hasLeft) stopFollowing = live.follow(id, source.bytes, (piece) => void take(piece));
  }

  async function take(piece: OutputFrame): Promise<void> {
    if (source.append(piece)) text.drawSoon();
    else await source.load();
  }

  /** Requests unread parts once more: the link is back, or a person looks or asks. */
  async function lookAgain(): Promise<void> {
    if (!isUnread()) return;
    if (!isOpen()) return open();
    await source.retry();
    const offset = position.missed();
    if (offset !== null) await position.jumpTo(offset);
  }

  let looking: ReturnType<typeof setTimeout> | undefined;
  /** The person scrolled away: the parts there, not the jump's target, are requested once the scrolling stops. */
  function moveOn(): void {
    position.forgetMissed();
    clearTimeout(looking);
    looking = setTimeout(() => void lookAgain(), REST_MS);
  }

  let stopFollowing: (() => void) | undefined;
  let hasLeft = false;
  onMount(() => {
    const resizing = new ResizeObserver(() => {
      scroll.resized();
      position.stay();
    });
    resizing.observe(region());
    const takeOver = (event: WheelEvent) => {
      if (!scroll.wheel(event.deltaY)) return;
      event.preventDefault();
      position.detach();
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

  createEffect(on(lines, position.stay));
  createEffect(on(live.link, (link) => link === 'live' && void lookAgain(), { defer: true }));

  return { isOpen, text, position, search, holding, hostName, drawn, isUnread, moveOn, lookAgain };
}

export type OutputReading = ReturnType<typeof createOutputReading>;
