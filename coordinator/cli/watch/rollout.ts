import type { FeedChange } from '../../../shared/feed/frames.ts';
import { isActiveRollout, type Rollout, type RolloutHost, type RolloutView } from '../../../shared/rollout.ts';
import { wantsApproval } from '../../../shared/rollout-look.ts';
import type { Context } from '../client/context.ts';
import { connectionWords, openFeed } from '../client/feed.ts';
import { EXIT, type ExitStatus, rolloutExit } from '../grammar/exit-status.ts';
import { rolloutLine, rolloutLines, standingLine } from '../show/rollout.ts';
import { createScreen } from '../terminal/screen.ts';

/**
 * Follows a rollout by the live feed, until it ends or waits for a person.
 * Z1 The feed opens before the rollout is requested, so no change falls between the two.
 * Z2 Each change of a host's standing is printed once. The API is asked after a whole state, which may follow missed changes, and
 *    about a rollout that the feed no longer has.
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
  let lastLine = '';

  const feed = await openFeed({
    config,
    clock,
    interrupted,
    onChange,
    onWhole: askSoon,
    onConnection() {
      if (screen) screen.draw(drawn);
      else err.line(connectionWords(feed));
    },
  });

  function onChange(change: FeedChange): void {
    if (!view) return;
    if (change.type === 'rollout_host' && change.rolloutId === id) {
      const { type: _, rolloutId: _rollout, ...news } = change;
      const host = view.hosts.find(({ hostId }) => hostId === news.hostId);
      if (host) tellHost(Object.assign(host, news));
    } else if (change.type === 'rollout' && change.rollout.id === id) {
      const waves = change.rollout.waves.map((wave, at) => ({ ...wave, hosts: view?.waves[at]?.hosts ?? [] }));
      view = { ...view, ...change.rollout, waves };
      tellRollout(view);
    }
  }

  /** Printed once: a whole state repeats it. */
  function tellHost(host: RolloutHost): void {
    const { standing, step, code } = host;
    const mark = `${standing} ${step} ${code}`;
    if (!view || told.get(host.hostId) === mark) return;
    told.set(host.hostId, mark);
    if (standing === 'waiting') return;
    if (flags.json) out.json(host);
    else if (standing === 'failed' || standing === 'deferred' || !screen) print(standingLine(view, host, err.paint));
  }

  function tellRollout(now: RolloutView): void {
    const { status, reason } = now;
    if (flags.json) {
      const { hosts: _, history: _history, ...rollout } = now;
      out.json(rollout);
    } else if (screen) screen.draw(drawn);
    else {
      const line = rolloutLine(now, feed.now());
      const mark = `${status} ${reason?.code} ${now.waves.map((wave) => wave.status).join()}`;
      if (mark !== lastLine) err.line(line);
      lastLine = mark;
    }
    if (!isActiveRollout(status) || status === 'PAUSED' || wantsApproval(now)) over.resolve(now);
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
    const { body } = await client.json<RolloutView>(`/api/rollouts/${encodeURIComponent(id)}`);
    view = body;
    tellRollout(body);
    for (const host of body.hosts) tellHost(host);
  }

  function askSoon(): void {
    ask().catch(over.reject);
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
    await ask();
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
