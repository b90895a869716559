import type { FeedChange } from '../../../shared/feed/frames.ts';
import type { FeedState } from '../../../shared/feed/state.ts';
import { age } from '../../../shared/time/spans.ts';
import type { Context } from '../client/context.ts';
import { connectionWords, openFeed } from '../client/feed.ts';
import { EXIT, type ExitStatus } from '../grammar/exit-status.ts';
import { createScreen } from '../terminal/screen.ts';
import { clip } from '../terminal/text.ts';

/**
 * Shows changes until Ctrl-C, its normal end.
 * L1 On a terminal it redraws, and the last drawing stays.
 * L2 Elsewhere it first writes everything once, then only news, including changes during a lost connection or from before a
 *    restart of the coordinator. A lost and a restored connection are reported on stderr.
 */
export type LiveView = {
  /** The view of a terminal. */
  lines(state: FeedState, now: number, lostMs: number | null): string[];
  /** Elsewhere, lines that may be news: from one change, or from the whole state. */
  items(state: FeedState, change: FeedChange | null, now: number): LiveItem[];
};

export type LiveItem = {
  /** The subject of the item. */
  key: string;
  /** It is news if it differs from the last one of its key. */
  mark: string;
  line: () => string;
};

export async function showLive(context: Context, { lines, items }: LiveView): Promise<ExitStatus> {
  const { clock, terminal, flags, interrupted, config } = context;
  const { out, err, columns, rows } = terminal;
  const isScreen = out.isTerminal && !flags.json;
  const screen = isScreen ? createScreen({ clock, write: out.raw, columns, rows }) : null;
  const marks = new Map<string, string>();

  const feed = await openFeed({
    config,
    clock,
    interrupted,
    onChange(change) {
      if (screen) redraw();
      else tellNews(change);
    },
    onWhole() {
      if (screen) redraw();
      else tellNews(null);
    },
    onConnection() {
      if (screen) redraw();
      else err.line(connectionWords(feed));
    },
  });
  function tellNews(change: FeedChange | null): void {
    for (const { key, mark, line } of items(feed.state, change, feed.now())) {
      if (marks.get(key) === mark) continue;
      marks.set(key, mark);
      out.line(line());
    }
  }
  function shown(): string[] {
    const lostMs = feed.lostAt === null ? null : clock.monotonic() - feed.lostAt;
    const lost = lostMs === null ? [] : [`? no connection for ${age(lostMs)}; trying again`];
    return [...lines(feed.state, feed.now(), lostMs), ...lost];
  }
  function redraw(): void {
    screen?.draw(shown);
  }
  const tick = (): void => {
    redraw();
    ticking = clock.setTimeout(tick, 1000);
  };
  let ticking = clock.setTimeout(tick, 1000);
  if (screen) redraw();
  else tellNews(null);
  const done = Promise.withResolvers<void>();
  interrupted.addEventListener('abort', () => done.resolve());
  if (interrupted.aborted) done.resolve();
  try {
    await Promise.race([done.promise, feed.refused]);
  } finally {
    clock.clearTimeout(ticking);
    screen?.close();
    if (screen) for (const text of shown()) out.line(clip(text, columns()));
    feed.close();
  }
  return EXIT.detached;
}
