import type { RolloutHost, RolloutView } from '../../../shared/model/rollout.ts';
import type { Context } from '../client/context.ts';
import { connectionWords, type LiveFeed } from '../client/feed.ts';
import { rolloutLine, standingLine } from '../show/rollout.ts';
import { createScreen } from '../terminal/screen.ts';

/** Tells a watched rollout's changes: as items in JSON, as lines, or on a screen that is drawn anew. */
export type RolloutTeller = {
  /** Printed once: the API repeats it. */
  host(now: RolloutView, host: RolloutHost): void;
  rollout(now: RolloutView): void;
  /** The connection was lost, or is back. */
  connection(): void;
  /** The time has passed on. */
  redraw(): void;
  close(): void;
};

export function createRolloutTeller(
  { clock, flags, terminal }: Context,
  feed: Pick<LiveFeed, 'lostAt' | 'now'>,
  view: () => RolloutView | null,
): RolloutTeller {
  const { out, err } = terminal;
  const screen =
    err.isTerminal && !flags.json
      ? createScreen({ clock, write: err.raw, columns: terminal.columns, rows: terminal.rows })
      : null;
  const told = new Map<string, string>();
  let lastMark = '';

  const drawn = (): string[] => {
    const now = view();
    return [...(now ? [rolloutLine(now, feed.now())] : []), ...(feed.lostAt === null ? [] : [connectionWords(feed)])];
  };

  function print(line: string): void {
    screen?.clear();
    err.line(line);
    screen?.draw(drawn);
  }

  return {
    host(now, host) {
      const { standing, step, code } = host;
      const mark = `${standing} ${step} ${code}`;
      if (told.get(host.hostId) === mark) return;
      told.set(host.hostId, mark);
      if (standing === 'waiting') return;
      if (flags.json) out.json(host);
      else if (standing === 'failed' || standing === 'deferred' || !screen) print(standingLine(now, host, err.paint));
    },
    rollout(now) {
      const { hosts: _, history: _history, ...rollout } = now;
      const { status, reason, rev, counts, waves } = rollout;
      const mark = flags.json
        ? `${rev} ${JSON.stringify(counts)}`
        : `${status} ${reason?.code} ${waves.map((wave) => wave.status).join()}`;
      if (screen) screen.draw(drawn);
      else if (mark !== lastMark && flags.json) out.json(rollout);
      else if (mark !== lastMark) err.line(rolloutLine(now, feed.now()));
      lastMark = mark;
    },
    connection() {
      if (screen) screen.draw(drawn);
      else err.line(connectionWords(feed));
    },
    redraw() {
      if (view()) screen?.draw(drawn);
    },
    close: () => screen?.close(),
  };
}
