import { backoffMs } from '../backoff.ts';
import type { Clock, TimerHandle } from '../clock.ts';
import { age } from '../spans.ts';
import type { FeedFrame, FeedRequest } from './frames.ts';
import { type FeedModel, type FeedNews, feedQuery, newFeedModel, takeFrame, withoutLink } from './model.ts';

/**
 * Keeps a connection to the live feed, and the model of what came over it, until it is closed. Page and command line both do.
 *
 * K1 At most one connection may speak: what comes of one that was given up changes nothing.
 * K2 A connection that does not open within `OPENING_MS`, or from which nothing comes for `STALL_MS`, is given up: the coordinator says
 *    something every 15 s.
 * K3 After a break it asks for what it missed; where that can't be had, and after a gap, the whole state comes.
 * K4 What is no frame ends the connection.
 */
export type FeedLoop = {
  model(): FeedModel;
  /** Dropped where there is no connection. */
  send(request: FeedRequest): void;
  close(): void;
};

/** One connection, over whatever sockets there are. */
export type FeedWire = {
  send(text: string): void;
  /** May be called more than once; need not be told of in `FeedEars`. */
  close(): void;
};

export type FeedEars = {
  opened(): void;
  message(text: string): void;
  ended(end: FeedEnd): void;
};

/** Why a connection ended. `isRefused`: the coordinator no longer takes the token, or the session. */
export type FeedEnd = { reason: string; isRefused: boolean };

/** In this order, where a frame has several. */
export type FeedEvents = {
  opened(): void;
  /** After each frame, and each loss. */
  model(model: FeedModel): void;
  frame(frame: FeedFrame, news: FeedNews): void;
  /** `failures`: connections before this one that ended without a word. */
  lost(end: FeedEnd, failures: number): void;
};

export type FeedLoopDeps = {
  clock: Pick<Clock, 'monotonic' | 'setTimeout' | 'clearTimeout'>;
  /** Opens a connection; `query` comes behind the path. */
  connect: (query: string, ears: FeedEars) => FeedWire;
  events: FeedEvents;
};

/** The coordinator speaks every 15 s: a stall is noticed, and can be said, within 45 s. */
export const STALL_MS = 43_000;
/** What swallowed the old connection may swallow the new one too. */
export const OPENING_MS = 10_000;
const RETRY = { firstMs: 500, longestMs: 10_000 };

export function keepFeed({ clock, connect, events }: FeedLoopDeps): FeedLoop {
  let model = newFeedModel();
  let wire: FeedWire | null = null;
  /** Which connection may speak. */
  let current = 0;
  /** What is waited for: a word, or the next try. */
  let timer: TimerHandle | null = null;
  let failures = 0;

  function after(delayMs: number, run: () => void): void {
    clock.clearTimeout(timer);
    timer = clock.setTimeout(run, delayMs);
  }

  function become(next: FeedModel): void {
    model = next;
    events.model(model);
  }

  function send(request: FeedRequest): void {
    wire?.send(JSON.stringify(request));
  }

  function take(frame: FeedFrame): void {
    const { model: next, news } = takeFrame(model, frame, clock.monotonic());
    failures = 0;
    become(next);
    if (news === 'gap') send({ type: 'get_state' });
    events.frame(frame, news);
  }

  function open(): void {
    current += 1;
    const mine = current;
    const ended = (end: FeedEnd) => mine === current && lost(end);
    const awaitWord = (ms: number) =>
      after(ms, () => ended({ reason: `nothing came from it for ${age(ms)}`, isRefused: false }));
    awaitWord(OPENING_MS);
    wire = connect(feedQuery(model), {
      opened() {
        if (mine !== current) return;
        awaitWord(STALL_MS);
        events.opened();
      },
      message(text) {
        if (mine !== current) return;
        awaitWord(STALL_MS);
        const frame = readFrame(text);
        if (frame) take(frame);
        else ended({ reason: 'it does not speak as a coordinator does', isRefused: false });
      },
      ended,
    });
  }

  function giveUp(): void {
    current += 1;
    clock.clearTimeout(timer);
    wire?.close();
    wire = null;
  }

  function lost(end: FeedEnd): void {
    giveUp();
    after(backoffMs(failures, RETRY), open);
    failures += 1;
    become(withoutLink(model));
    events.lost(end, failures - 1);
  }

  open();
  return { model: () => model, send, close: giveUp };
}

/** Null where it is no frame. What a frame of a known type holds is the coordinator's word. */
function readFrame(text: string): FeedFrame | null {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === 'object' && frame !== null && 'type' in frame ? (frame as FeedFrame) : null;
  } catch {
    return null;
  }
}
