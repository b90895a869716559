import type { FeedChange } from '../../shared/feed-frames.ts';
import type { FeedState } from '../../shared/feed-state.ts';
import type { Context } from './context.ts';
import { formatAge } from './durations.ts';
import { EXIT, type ExitStatus } from './exit-status.ts';
import { openFeed } from './feed.ts';
import { createScreen } from './screen.ts';

export type LiveView = {
  /** What a terminal shows, drawn again as things change. */
  lines(state: FeedState, now: number): string[];
  /** What is written elsewhere of a change: a line, or null where it says nothing here. */
  line(change: FeedChange, now: number): string | null;
};

/** Shows what changes until Ctrl-C, which is how it is meant to end. */
export async function showLive(context: Context, { lines, line }: LiveView): Promise<ExitStatus> {
  const { clock, terminal, flags, interrupted, config } = context;
  const { out, columns, rows } = terminal;
  const isScreen = out.isTerminal && !flags.json;
  const screen = isScreen ? createScreen({ clock, write: out.write, columns, rows }) : null;
  const done = Promise.withResolvers<void>();
  interrupted.addEventListener('abort', () => done.resolve());

  const feed = await openFeed({
    config,
    clock,
    onChange(change) {
      if (screen) redraw();
      else say(line(change, feed.now()));
    },
    onWhole: redraw,
    onConnection: redraw,
  });
  function say(text: string | null): void {
    if (text !== null) out.write(`${text}\n`);
  }
  function redraw(): void {
    screen?.draw(() => {
      const lost = feed.lostAt === null ? null : formatAge(clock.monotonic() - feed.lostAt);
      return [
        ...lines(feed.state, feed.now()),
        ...(lost === null ? [] : [`? no connection for ${lost}; trying again`]),
      ];
    });
  }
  const tick = (): void => {
    redraw();
    ticking = clock.setTimeout(tick, 1000);
  };
  let ticking = clock.setTimeout(tick, 1000);

  redraw();
  if (!screen) for (const text of flags.json ? [] : lines(feed.state, feed.now())) say(text);
  await done.promise;
  clock.clearTimeout(ticking);
  screen?.close();
  // What was last seen stays to be read.
  if (screen) for (const text of lines(feed.state, feed.now())) say(text);
  feed.close();
  return EXIT.detached;
}
