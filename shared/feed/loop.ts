import { backoffMs } from '../time/backoff.ts';
import type { Clock, TimerHandle } from '../time/clock.ts';
import { age } from '../time/spans.ts';
import type { FeedFrame, FeedRequest } from './frames.ts';
import { type FeedModel, type FeedNews, feedQuery, newFeedModel, takeFrame, withoutLink } from './model.ts';

/**
 * Keeps a connection to the live feed, and the model of what came over it, until closed. The page and the command line both use
 * it.
 * K1 Only one connection counts: nothing from an abandoned one changes anything.
 * K2 A connection that does not open within `OPENING_MS`, or is silent for `STALL_MS`, is abandoned: the coordinator speaks every
 *    15 s.
 * K3 After a break it asks for what it missed. If that is gone, and after a gap, the whole state comes.
 * K4 Anything that is not a frame ends the connection.
 */
export type FeedLoop = {
  model(): FeedModel;
  /** Dropped without a connection. */
  send(request: FeedRequest): void;
  close(): void;
};

/** One connection, over any kind of socket. */
export type FeedWire = {
  send(text: string): void;
  /** May be called more than once; need not be reported to `FeedEars`. */
  close(): void;
};

export type FeedEars = {
  opened(): void;
  message(text: string): void;
  ended(end: FeedEnd): void;
};

/** Why a connection ended. `isRefused`: the coordinator no longer accepts the token or the session. */
export type FeedEnd = { reason: string; isRefused: boolean };

/** A frame's news, in this order. */
export type FeedEvents = {
  opened(): void;
  /** After each frame and each loss. */
  model(model: FeedModel): void;
  frame(frame: FeedFrame, news: FeedNews): void;
  /** `failures`: consecutive earlier connections that ended without a frame. */
  lost(end: FeedEnd, failures: number): void;
};

export type FeedLoopDeps = {
  clock: Pick<Clock, 'monotonic' | 'setTimeout' | 'clearTimeout'>;
  /** Opens a connection; append `query` to the path. */
  connect: (query: string, ears: FeedEars) => FeedWire;
  events: FeedEvents;
};

/** The coordinator speaks every 15 s, so a stall is noticed and shown within 45 s. */
export const STALL_MS = 43_000;
/** Shorter than a stall, because a network that swallowed the old connection may swallow the new one too. */
export const OPENING_MS = 10_000;
const RETRY = { firstMs: 500, longestMs: 10_000 };

export function keepFeed({ clock, connect, events }: FeedLoopDeps): FeedLoop {
  let model = newFeedModel();
  let wire: FeedWire | null = null;
  /** The connection that counts. */
  let current = 0;
  /** Ends the wait for a frame, or for the next try. */
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
        else ended({ reason: 'it sent something that is not a frame', isRefused: false });
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

/** Null if it is not a frame. The content of a known frame type is trusted as the coordinator's word. */
function readFrame(text: string): FeedFrame | null {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === 'object' && frame !== null && 'type' in frame ? (frame as FeedFrame) : null;
  } catch {
    return null;
  }
}
