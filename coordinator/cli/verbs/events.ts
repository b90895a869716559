import type { Event } from '../../../shared/event.ts';
import { EVENT_LOOKS } from '../../../shared/looks.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import { Failure } from '../failure.ts';
import { openFeed } from '../feed.ts';
import { nameOf } from '../host-command.ts';
import type { Paint } from '../paint.ts';
import { allHosts, hostsMeant } from '../targets.ts';
import { plain } from '../text.ts';
import type { Times } from '../times.ts';
import type { Verb } from '../verb.ts';

const LIMIT = 50;
const PAGE = 500;

export const eventsVerb: Verb = {
  name: 'events',
  summary: 'Show what happened last, oldest first',
  takes: '',
  words: { least: 0, most: 0 },
  flags: {
    ...{ on: true, tag: true, level: true, after: true, watch: 'Go on with what happens' },
    ...{ limit: `At most so many of the last; ${LIMIT} if not given`, json: true, utc: true },
  },
  examples: ['switchyard events --on web1', 'switchyard events --level error --json', 'switchyard events --watch'],
  async run(context) {
    const { flags, terminal, times, interrupted } = context;
    const { out } = terminal;
    const hosts = await allHosts(context);
    const meant = flags.on || flags.tag ? new Set((await hostsMeant(context)).map(({ id }) => id)) : null;
    const print = (event: Event): void => {
      out.write(`${flags.json ? JSON.stringify(event) : eventLine(event, { hosts, times, paint: out.paint })}\n`);
    };
    if (!flags.watch) {
      const { items, next } = await lastEvents(context, meant);
      if (flags.json) out.write(`${JSON.stringify({ items, next })}\n`);
      else items.forEach(print);
      return EXIT.success;
    }

    let seen = -1;
    let isLive = false;
    const printNew = (event: Event): void => {
      if (!isLive || event.id <= seen) return;
      seen = event.id;
      const isMeant = meant === null || (event.hostId !== null && meant.has(event.hostId));
      if (isMeant && (!flags.level || event.level === flags.level)) print(event);
    };
    // Before the past is asked for, so that nothing falls between the two.
    const feed = await openFeed({
      ...{ config: context.config, clock: context.clock, onConnection: () => {} },
      onChange: (change) => {
        if (change.type === 'event') printNew(change.event);
      },
      onWhole: () => void catchUp(),
    });
    /** A whole state has the last events only, and there may be more that were missed. */
    async function catchUp(): Promise<void> {
      if (!isLive) return;
      isLive = false;
      const missed = await eventsAfter(context, seen);
      isLive = true;
      if (missed === null)
        terminal.err.write(`events after ${seen} may be missing here: switchyard events --after ${seen}\n`);
      missed?.forEach(printNew);
      feed.state.events.forEach(printNew);
    }
    try {
      const known = feed.state.events.at(-1)?.id ?? -1;
      const { items } = await lastEvents(context, meant);
      items.forEach(print);
      seen = Math.max(known, items.at(-1)?.id ?? -1);
      isLive = true;
      await catchUp();
      const interruption = new Promise<void>((resolve) => {
        if (interrupted.aborted) resolve();
        interrupted.addEventListener('abort', () => resolve());
      });
      await Promise.race([interruption, feed.refused]);
      return EXIT.detached;
    } finally {
      feed.close();
    }
  },
};

/** The last that fit the flags, oldest first; `next` is the API's `before` of those that fit and came earlier. */
async function lastEvents(
  { client, flags }: Context,
  hosts: ReadonlySet<string> | null,
): Promise<{ items: Event[]; next: number | null }> {
  const { level, after = -1, limit = LIMIT } = flags;
  const lists = [...(hosts ?? [null])].map(async (host) => {
    const found: Event[] = [];
    // One more than is shown: then it is known whether there is more.
    for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null && found.length <= limit; ) {
      const query = new URLSearchParams({ before: String(before), limit: String(Math.min(limit + 1, PAGE)) });
      if (host !== null) query.set('host', host);
      if (level) query.set('level', level);
      const { body } = await client.json<{ items: Event[]; next: number | null }>(`/api/events?${query}`);
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

/** Every one after `id`, oldest first; null where they can't be had. */
async function eventsAfter({ client }: Context, id: number): Promise<Event[] | null> {
  const found: Event[] = [];
  try {
    for (let after: number | null = id; after !== null; ) {
      const { body }: { body: { items: Event[]; next: number | null } } = await client.json(
        `/api/events?after=${after}&limit=${PAGE}`,
      );
      found.push(...body.items);
      after = body.next;
    }
    return found;
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

type EventLineDeps = { hosts: readonly { id: string; name: string }[]; times: Times; paint: Paint };

export function eventLine({ at, level, hostId, actor, message, next }: Event, { hosts, times, paint }: EventLineDeps) {
  const host = hostId === null ? '' : `${nameOf(hosts, hostId)} `;
  const who = actor === 'system' || message.includes(actor) ? '' : ` (${plain(actor)})`;
  const then = next === null ? '' : paint.faint(`  → ${plain(next)}`);
  return `${paint.faint(times.stamp(at))} ${paint.shape(EVENT_LOOKS[level])} ${host}${plain(message)}${who}${then}`;
}
