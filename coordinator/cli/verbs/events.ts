import type { ListPage } from '../../../shared/api/resources.ts';
import { EVENT_LOOKS } from '../../../shared/looks/looks.ts';
import type { Event } from '../../../shared/model/event.ts';
import { sleep } from '../../../shared/time/clock.ts';
import type { Context } from '../client/context.ts';
import { connectionWords, openFeed } from '../client/feed.ts';
import { allHosts, hostFilter, hostsMeant, namesHosts } from '../client/targets.ts';
import { EXIT, type ExitStatus } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import type { Paint } from '../terminal/paint.ts';
import type { Times } from '../terminal/times.ts';
import type { Verb } from './verb.ts';

const LIMIT = 50;
const PAGE = 500;

export const eventsVerb: Verb = {
  name: 'events',
  summary: 'Show the last events, oldest first',
  takes: '',
  words: { least: 0, most: 0 },
  flags: {
    on: true,
    tag: true,
    where: true,
    level: true,
    after: true,
    watch: 'Stay, and show new events',
    limit: `At most this many of the last; ${LIMIT} if neither this nor --after is given`,
    json: true,
    utc: true,
  },
  examples: ['switchyard events --on web1', 'switchyard events --level error --json', 'switchyard events --watch'],
  async run(context) {
    const { flags, terminal, times } = context;
    const { out } = terminal;
    const hosts = await allHosts(context);
    const meant = namesHosts(context) ? new Set((await hostsMeant(context)).map(({ id }) => id)) : null;
    const names = new Map(hosts.map(({ id, name }) => [id, name]));
    const print = (event: Event): void => {
      if (flags.json) out.json(event);
      else out.line(eventLine(event, { names, times, paint: out.paint }));
    };
    if (flags.watch) return await follow(context, { names, meant, print });
    const { items, next } = await lastEvents(context, meant);
    if (flags.json) out.json({ items, next });
    else items.forEach(print);
    return EXIT.success;
  },
};

type FollowDeps = {
  /** By id, including removed hosts. */
  names: Map<string, string>;
  /** The ids of the named hosts now; null for all. */
  meant: ReadonlySet<string> | null;
  print: (event: Event) => void;
};

const RETRY_MS = 1_000;

/** The last events and the following ones: each once and in order, even across a break longer than the feed remembers. */
async function follow(context: Context, { names, meant, print }: FollowDeps): Promise<ExitStatus> {
  const { flags, terminal, interrupted, clock, config } = context;
  const fits = hostFilter(context);
  const left = new AbortController();
  const over = AbortSignal.any([left.signal, interrupted]);
  const printed = new Set<number>();
  let seen = -1;
  /** Whether there may be events between the printed ones and those of the feed. */
  let isBehind = true;
  let isCatchingUp = false;

  function printNew(event: Event): void {
    if (event.id <= seen) return;
    seen = event.id;
    const { hostId, level } = event;
    const host = hostId === null ? undefined : feed.state.hosts.get(hostId);
    if (host) names.set(host.id, host.name);
    const isMeant =
      meant === null || (hostId !== null && (meant.has(hostId) || (host !== undefined && fits(host, feed.state))));
    if (isMeant && (!flags.level || level === flags.level) && !printed.has(event.id)) print(event);
  }

  async function catchUp(): Promise<void> {
    isBehind = true;
    if (isCatchingUp) return;
    isCatchingUp = true;
    while (isBehind && !over.aborted) {
      isBehind = false;
      const missed = await eventsAfter(context, seen);
      missed?.forEach(printNew);
      if (missed !== null) continue;
      isBehind = true;
      await sleep(clock, RETRY_MS, over).catch(() => {});
    }
    isCatchingUp = false;
    feed.state.events.forEach(printNew);
  }

  // Before the past is asked for, so that nothing falls between the two.
  const feed = await openFeed({
    config,
    clock,
    interrupted,
    onChange: (change) => {
      if (change.type === 'event' && !isBehind && !isCatchingUp) printNew(change.event);
    },
    onWhole: () => void catchUp(),
    onConnection: () => terminal.err.line(connectionWords(feed)),
  });
  try {
    const known = feed.state.events.at(-1)?.id ?? -1;
    const { items } = await lastEvents(context, meant);
    for (const event of items) {
      print(event);
      printed.add(event.id);
    }
    seen = known;
    await catchUp();
    const interruption = new Promise<void>((resolve) => {
      if (interrupted.aborted) resolve();
      interrupted.addEventListener('abort', () => resolve());
    });
    await Promise.race([interruption, feed.refused]);
    return EXIT.detached;
  } finally {
    left.abort();
    feed.close();
  }
}

/** The last events that fit the flags, oldest first; `next` is the API's `before` for earlier ones. */
async function lastEvents(
  { client, flags }: Context,
  hosts: ReadonlySet<string> | null,
): Promise<ListPage<Event, number>> {
  const { level, after = -1, limit = flags.after === undefined ? LIMIT : Number.POSITIVE_INFINITY } = flags;
  const lists = [...(hosts ?? [null])].map(async (host) => {
    const found: Event[] = [];
    // One more than shown, to know whether there is more.
    for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null && found.length <= limit; ) {
      const query = new URLSearchParams({ before: String(before), limit: String(Math.min(limit + 1, PAGE)) });
      if (host !== null) query.set('host', host);
      if (level) query.set('level', level);
      const { body } = await client.json<ListPage<Event, number>>(`/api/events?${query}`);
      const fitting = body.items.filter(({ id }) => id > after);
      found.push(...fitting);
      before = fitting.length < body.items.length ? null : body.next;
    }
    return found;
  });
  const all = (await Promise.all(lists)).flat().sort((one, other) => one.id - other.id);
  const items = all.slice(-limit);
  return { items, next: all.length > limit ? (items[0]?.id ?? null) : null };
}

/** Every event after `id`, oldest first; null if they can't be had. */
async function eventsAfter({ client }: Context, id: number): Promise<Event[] | null> {
  const found: Event[] = [];
  try {
    for (let after: number | null = id; after !== null; ) {
      const { body }: { body: ListPage<Event, number> } = await client.json(`/api/events?after=${after}&limit=${PAGE}`);
      found.push(...body.items);
      after = body.next;
    }
    return found;
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

type EventLineDeps = { names: ReadonlyMap<string, string>; times: Times; paint: Paint };

export function eventLine(event: Event, { names, times, paint }: EventLineDeps) {
  const { at, level, hostId, actor, actorName, address, message, next } = event;
  const name = hostId === null ? '' : (names.get(hostId) ?? hostId);
  // Some messages name their actor themselves.
  const host = name === '' || message.startsWith(`${name} `) ? '' : `${name} `;
  const said = [actor === 'system' ? null : actor, actorName ?? null, address];
  const unsaid = said.filter((one) => one !== null && !message.includes(one));
  const who = unsaid.length === 0 ? '' : ` (${unsaid.join(', ')})`;
  const then = next === null ? '' : paint.faint(`  → ${next}`);
  return `${paint.faint(times.stamp(at))} ${paint.shape(EVENT_LOOKS[level])} ${host}${message}${who}${then}`;
}
