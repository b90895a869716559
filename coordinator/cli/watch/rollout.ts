import type { FeedChange } from '../../../shared/feed/frames.ts';
import { newestRollout, type RolloutHostChange, withHostChanges } from '../../../shared/feed/rollout-news.ts';
import { isActiveRollout, type Rollout, type RolloutHost, type RolloutView } from '../../../shared/rollout.ts';
import { wantsApproval } from '../../../shared/rollout-look.ts';
import type { Context } from '../client/context.ts';
import { connectionWords, openFeed } from '../client/feed.ts';
import { EXIT, type ExitStatus, rolloutExit } from '../grammar/exit-status.ts';
import { rolloutLine, rolloutLines, standingLine } from '../show/rollout.ts';
import { createScreen } from '../terminal/screen.ts';

/**
 * Follows a rollout by the live feed, until it ends or waits for a person.
 * Z1 The feed opens before the rollout is requested. A change that arrives during a request is also applied to its answer, which may
 *    be older.
 * Z2 Each change of a host's standing is printed once. The API is asked again after a whole state, which may follow missed changes.
 * Z3 The watch ends with an answer of the API: the feed may report an end before its hosts.
 */
export async function watchRollout(context: Context, id: string): Promise<ExitStatus> {
  const { client, clock, config, flags, interrupted, terminal } = context;
  const { out, err } = terminal;
  const screen =
    err.isTerminal && !flags.json
      ? createScreen({ clock, write: err.raw, columns: terminal.columns, rows: terminal.rows })
      : null;
  const over = Promise.withResolvers<RolloutView>();
  over.promise.catch(() => {});
  const told = new Map<string, string>();
  let view: RolloutView | null = null;
  let lastMark = '';
  let sinceAsked: RolloutHostChange[] = [];
  let asked: Promise<void> = Promise.resolve();

  const feed = await openFeed({
    config,
    clock,
    interrupted,
    onChange,
    onWhole: () => void askNext(),
    onConnection() {
      if (screen) screen.draw(drawn);
      else err.line(connectionWords(feed));
    },
  });

  function onChange(change: FeedChange): void {
    if (change.type === 'rollout_host' && change.rolloutId === id) {
      sinceAsked.push(change);
      const { type: _, rolloutId: _rollout, ...news } = change;
      const host = view?.hosts.find(({ hostId }) => hostId === news.hostId);
      if (view && host) tellHost(view, Object.assign(host, news));
    } else if (change.type === 'rollout' && change.rollout.id === id && view) {
      view = newestRollout(view, change.rollout);
      tellRollout(view);
      if (isOver(view)) void askNext();
    }
  }

  /** Printed once: the API repeats it. */
  function tellHost(now: RolloutView, host: RolloutHost): void {
    const { standing, step, code } = host;
    const mark = `${standing} ${step} ${code}`;
    if (told.get(host.hostId) === mark) return;
    told.set(host.hostId, mark);
    if (standing === 'waiting') return;
    if (flags.json) out.json(host);
    else if (standing === 'failed' || standing === 'deferred' || !screen) print(standingLine(now, host, err.paint));
  }

  function tellRollout(now: RolloutView): void {
    const { hosts: _, history: _history, ...rollout } = now;
    const { status, reason, rev, counts, waves } = rollout;
    const mark = flags.json
      ? `${rev} ${JSON.stringify(counts)}`
      : `${status} ${reason?.code} ${waves.map((wave) => wave.status).join()}`;
    if (screen) screen.draw(drawn);
    else if (mark !== lastMark && flags.json) out.json(rollout);
    else if (mark !== lastMark) err.line(rolloutLine(now, feed.now()));
    lastMark = mark;
  }

  const drawn = (): string[] => [
    ...(view ? [rolloutLine(view, feed.now())] : []),
    ...(feed.lostAt === null ? [] : [connectionWords(feed)]),
  ];

  function print(line: string): void {
    screen?.clear();
    err.line(line);
    screen?.draw(drawn);
  }

  async function ask(): Promise<void> {
    sinceAsked = [];
    const { body } = await client.json<RolloutView>(`/api/rollouts/${encodeURIComponent(id)}`);
    const hosts = withHostChanges(new Map(body.hosts.map((host) => [host.hostId, host])), sinceAsked);
    const newest = newestRollout({ ...body, hosts: [...hosts.values()] }, feed.state.rollouts.get(id));
    view = newest;
    tellRollout(newest);
    for (const host of newest.hosts) tellHost(newest, host);
    if (isOver(body)) over.resolve(body);
    else if (isOver(newest)) void askNext();
  }

  /** One request at a time. */
  function askNext(): Promise<void> {
    asked = asked.then(ask);
    asked.catch(over.reject);
    return asked;
  }

  const tick = (): void => {
    if (view) screen?.draw(drawn);
    ticking = clock.setTimeout(tick, 1_000);
  };
  let ticking = clock.setTimeout(tick, 1_000);
  const left = Promise.withResolvers<null>();
  interrupted.addEventListener('abort', () => left.resolve(null));
  if (interrupted.aborted) left.resolve(null);
  try {
    await askNext();
    const ended = await Promise.race([over.promise, left.promise, feed.refused]);
    screen?.close();
    if (ended === null) {
      err.line(`it goes on; watch: switchyard rollout watch ${id}`);
      return EXIT.detached;
    }
    return tellEnd(context, ended);
  } finally {
    clock.clearTimeout(ticking);
    screen?.close();
    feed.close();
  }
}

const isOver = (rollout: Pick<Rollout, 'status' | 'reason'>): boolean =>
  !isActiveRollout(rollout.status) || rollout.status === 'PAUSED' || wantsApproval(rollout);

/** The standing of each host on stdout, and the next step if a person has to take one. */
function tellEnd({ flags, terminal, client }: Context, view: RolloutView): ExitStatus {
  const { out, err } = terminal;
  if (!flags.json) for (const line of rolloutLines(view, out.paint)) out.line(line);
  err.line(rolloutLine(view, client.now()));
  const next = nextStep(view);
  if (next !== null) err.line(`it waits for you: switchyard rollout ${next} ${view.id}`);
  return rolloutExit(view);
}

function nextStep(rollout: Pick<Rollout, 'status' | 'reason'>): string | null {
  if (wantsApproval(rollout)) return 'approve';
  return rollout.status === 'PAUSED' ? 'resume|retry|stop' : null;
}
