import type { FeedChange } from '../../../shared/feed/frames.ts';
import { newestRollout, type RolloutHostChange, withHostChanges } from '../../../shared/feed/rollout-news.ts';
import { wantsApproval } from '../../../shared/looks/rollout-look.ts';
import { isActiveRollout, type Rollout, type RolloutView } from '../../../shared/model/rollout.ts';
import type { Context } from '../client/context.ts';
import { openFeed } from '../client/feed.ts';
import { EXIT, type ExitStatus, rolloutExit } from '../grammar/exit-status.ts';
import { rolloutLine, rolloutLines } from '../show/rollout.ts';
import { createRolloutTeller } from './rollout-teller.ts';

/**
 * Follows a rollout by the live feed, until it ends or waits for a person.
 * Z1 The feed opens before the rollout is requested. A change that arrives during a request is also applied to its answer, which may
 *    be older.
 * Z2 Each change of a host's standing is printed once. The API is asked again after a whole state, which may follow missed changes.
 * Z3 The watch ends with an answer of the API: the feed may report an end before its hosts.
 */
export async function watchRollout(context: Context, id: string): Promise<ExitStatus> {
  const { client, clock, config, interrupted, terminal } = context;
  const { err } = terminal;
  const over = Promise.withResolvers<RolloutView>();
  over.promise.catch(() => {});
  let view: RolloutView | null = null;
  let sinceAsked: RolloutHostChange[] = [];
  let asked: Promise<void> = Promise.resolve();

  const feed = await openFeed({
    config,
    clock,
    interrupted,
    onChange,
    onWhole: () => void askNext(),
    onConnection: () => teller.connection(),
  });
  const teller = createRolloutTeller(context, feed, () => view);

  function onChange(change: FeedChange): void {
    if (change.type === 'rollout_host' && change.rolloutId === id) {
      sinceAsked.push(change);
      const { type: _, rolloutId: _rollout, ...news } = change;
      const host = view?.hosts.find(({ hostId }) => hostId === news.hostId);
      if (view && host) teller.host(view, Object.assign(host, news));
    } else if (change.type === 'rollout' && change.rollout.id === id && view) {
      view = newestRollout(view, change.rollout);
      teller.rollout(view);
      if (isOver(view)) void askNext();
    }
  }

  async function ask(): Promise<void> {
    sinceAsked = [];
    const { body } = await client.json<RolloutView>(`/api/rollouts/${encodeURIComponent(id)}`);
    const hosts = withHostChanges(new Map(body.hosts.map((host) => [host.hostId, host])), sinceAsked);
    const newest = newestRollout({ ...body, hosts: [...hosts.values()] }, feed.state.rollouts.get(id));
    view = newest;
    teller.rollout(newest);
    for (const host of newest.hosts) teller.host(newest, host);
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
    teller.redraw();
    ticking = clock.setTimeout(tick, 1_000);
  };
  let ticking = clock.setTimeout(tick, 1_000);
  const left = Promise.withResolvers<null>();
  interrupted.addEventListener('abort', () => left.resolve(null));
  if (interrupted.aborted) left.resolve(null);
  try {
    await askNext();
    const ended = await Promise.race([over.promise, left.promise, feed.refused]);
    teller.close();
    if (ended === null) {
      err.line(`it goes on; watch: switchyard rollout watch ${id}`);
      return EXIT.detached;
    }
    return tellEnd(context, ended);
  } finally {
    clock.clearTimeout(ticking);
    teller.close();
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
