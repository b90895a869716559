import type { FeedChange } from '../../../shared/feed/frames.ts';
import { isActive } from '../../../shared/model/command.ts';
import type { TimerHandle } from '../../../shared/time/clock.ts';
import { age } from '../../../shared/time/spans.ts';
import { serverName } from '../client/config.ts';
import type { Context } from '../client/context.ts';
import { dispatchOf } from '../client/dispatch-of.ts';
import { type LiveFeed, openFeed } from '../client/feed.ts';
import { EXIT, type ExitStatus, exitStatusOf, worstStatus } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { listed, widthOf } from '../terminal/text.ts';
import { createWatchDisplay, type WatchDisplay } from './display.ts';
import { createRests, type Rests } from './rest.ts';
import { type Row, summaryOf, type Watched } from './row.ts';
import { shortfall } from './shortfall.ts';
import { createWatchedRows } from './watched-rows.ts';

/**
 * Watches commands until the verdict, by the live feed.
 * Y1 The feed is open before anything is dispatched, so that nothing is missed in between.
 * Y2 Of two records of a command the one with the greater `rev` counts; with equal `rev`, the one with more output.
 * Y3 The feed may omit commands (a whole state has only each host's latest), so those are asked of the API.
 * Y4 An end is shown once all of the output is held, or the wait for the rest was in vain: its next reader finds it complete.
 */
export type Watch = {
  /** Resolves when all have ended, or watching has; with the exit status. */
  follow(watched: readonly Watched[]): Promise<ExitStatus>;
  close(): void;
};

/** How long to retry a coordinator that is gone. */
const GIVE_UP_MS = 10 * 60_000;
const TICK_MS = 1_000;
const LOOK_MS = 50;

type Listener = { change: (change: FeedChange) => void; whole: () => void; connection: () => void };

export async function openWatch(context: Context): Promise<Watch> {
  let listener: Listener | null = null;
  const listen = (one: Listener | null): void => {
    listener = one;
  };
  const feed = await openFeed({
    config: context.config,
    clock: context.clock,
    interrupted: context.interrupted,
    onChange: (change) => listener?.change(change),
    onWhole: () => listener?.whole(),
    onConnection: () => listener?.connection(),
  });
  return {
    follow: (watched) => follow({ context, feed, watched, listen }).finally(() => listen(null)),
    close: feed.close,
  };
}

type FollowDeps = {
  context: Context;
  feed: LiveFeed;
  watched: readonly Watched[];
  listen: (listener: Listener) => void;
};

async function follow({ context, feed, watched, listen }: FollowDeps): Promise<ExitStatus> {
  const { clock, client, flags, interrupted, terminal } = context;
  const done = Promise.withResolvers<'ended' | 'interrupted' | 'patience' | 'asks' | 'unreachable'>();
  const startedAt = clock.monotonic();
  const lostMs = () => (feed.lostAt === null ? null : clock.monotonic() - feed.lostAt);
  const hostWidth = Math.max(...watched.map(({ host }) => widthOf(host)));
  const display: WatchDisplay = createWatchDisplay({ context, hostWidth, now: feed.now, lostMs });
  const rests = createRests({ clock, feed, waits: flags.noWait !== true });
  const rows = createWatchedRows({ watched, rests, show: display.changed });
  const { known } = rows;
  let isOver = false;

  function look(): void {
    if (isOver) return;
    rows.look();
    display.update(known());
    const unfinished = known().filter(({ command }) => isActive(command.status));
    const lost = lostMs();
    const asks = ({ command: { timeoutStatus, decideBy } }: Row) => timeoutStatus === 'TIMED_OUT' && decideBy === null;
    const isPatient = flags.waitTimeout === undefined || clock.monotonic() - startedAt < flags.waitTimeout;
    const isWhole = !rows.oweEnds() || !isPatient;
    if (rows.areComplete() && unfinished.length === 0 && isWhole) done.resolve('ended');
    else if (interrupted.aborted) done.resolve('interrupted');
    else if (!isPatient) done.resolve('patience');
    else if (lost !== null && lost >= GIVE_UP_MS) done.resolve('unreachable');
    else if (unfinished.length > 0 && rows.areComplete() && !display.canAnswer && unfinished.every(asks))
      done.resolve('asks');
  }

  /** Asks the API for the watched commands; retries if it can't be had now. */
  async function refresh(): Promise<void> {
    try {
      for (const dispatchId of new Set(watched.map((one) => one.dispatchId))) {
        const dispatch = await dispatchOf(client, dispatchId);
        if (!dispatch) throw new Failure(`no dispatch has the id ${dispatchId}`, { exit: EXIT.usage });
        if (!isOver) for (const command of dispatch.commands) rows.take(command);
      }
      look();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.exit !== EXIT.unreachable) done.reject(error);
      else if (!isOver) again = clock.setTimeout(() => void refresh(), TICK_MS);
    }
  }
  let again: TimerHandle | null = null;
  let looking: TimerHandle | null = null;
  function lookOnce(): void {
    looking = null;
    look();
  }

  listen({
    change(change) {
      if (change.type !== 'command') return;
      rows.take(change.command);
      // Many may change at once: one look serves all of them.
      if (rows.isWatched(change.command.id)) looking ??= clock.setTimeout(lookOnce, LOOK_MS);
    },
    whole: () => void refresh(),
    connection: look,
  });
  interrupted.addEventListener('abort', look);
  const tick = (): void => {
    look();
    ticking = clock.setTimeout(tick, TICK_MS);
  };
  let ticking = clock.setTimeout(tick, TICK_MS);

  feed.refused.catch(done.reject);
  try {
    void refresh();
    look();
    const why = await done.promise;
    const isGivenUp = !rows.oweEnds();
    rows.showAll();
    display.close();
    const commands = known().map(({ command }) => command);
    const active = known().filter(({ command }) => isActive(command.status));
    if (watched.length > 1 && commands.length > 0) terminal.err.line(summaryOf(commands));
    const short = flags.noWait ? [] : missingOf(known(), rests, isGivenUp);
    for (const words of short) terminal.err.line(words);
    if (why === 'ended')
      return worstStatus([...commands.map(exitStatusOf), ...short.map((): ExitStatus => EXIT.unproved)]);
    for (const words of farewell(why, active, context)) terminal.err.line(words);
    if (why === 'interrupted') return EXIT.detached;
    return why === 'unreachable' ? EXIT.unreachable : EXIT.stillRunning;
  } finally {
    isOver = true;
    display.close();
    clock.clearTimeout(ticking);
    clock.clearTimeout(again);
    clock.clearTimeout(looking);
    interrupted.removeEventListener('abort', look);
  }
}

/** The missing parts of outputs, one line each. */
const missingOf = (rows: readonly Row[], rests: Pick<Rests, 'holdingOf'>, isGivenUp: boolean): string[] =>
  rows.flatMap(({ host, command }) => {
    const words = shortfall(rests.holdingOf(command), host, isGivenUp);
    return words === null ? [] : [`${host}: ${words}`];
  });

type Farewell = 'interrupted' | 'patience' | 'asks' | 'unreachable';

function farewell(why: Farewell, active: readonly Row[], { flags, config }: Context): string[] {
  const what = listed(active.map(({ host, command }) => `${command.op} on ${host}`));
  const dispatches = [...new Set(active.map(({ dispatchId }) => dispatchId))];
  const again = `To watch again: ${dispatches.map((id) => `switchyard show ${id} --watch`).join('; ')}`;
  switch (why) {
    case 'interrupted':
      return what === '' ? ['Detached'] : [`Detached; it goes on: ${what}`, again];
    case 'patience':
      return [`Still running after ${age(flags.waitTimeout ?? 0)}: ${what}`, again];
    case 'asks':
      return [
        `Waiting for an answer: ${what}. Give one:`,
        ...active.map(({ id }) => `switchyard answer ${id} wait 5m`),
        'In place of wait 5m: kill, or ignore',
      ];
    case 'unreachable':
      return [`cannot reach ${serverName(config)} any more; dispatched commands go on: ${what}`];
  }
}
