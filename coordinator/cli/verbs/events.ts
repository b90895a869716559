import type { Event } from '../../../shared/event.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import { openFeed } from '../feed.ts';
import { nameOf } from '../host-command.ts';
import type { Look, Paint } from '../paint.ts';
import { allHosts, hostsMeant } from '../targets.ts';
import { plain } from '../text.ts';
import type { Times } from '../times.ts';
import type { Verb } from '../verb.ts';

const LIMIT = 50;

const LOOKS = {
  info: { shape: '·', tone: 'quiet' },
  success: { shape: '✓', tone: 'ok' },
  warn: { shape: '▲', tone: 'attention' },
  error: { shape: '✕', tone: 'error' },
} as const satisfies Record<Event['level'], Look>;

export const eventsVerb: Verb = {
  name: 'events',
  summary: 'Show what happened last, oldest first',
  takes: '',
  words: { least: 0, most: 0 },
  flags: {
    ...{ on: true, tag: true, level: true, after: true, watch: 'Go on with what happens' },
    ...{
      limit: `At most so many; ${LIMIT} if not given, of the last 100 where nothing narrows them`,
      json: true,
      utc: true,
    },
  },
  examples: ['switchyard events --on web1', 'switchyard events --level error --json', 'switchyard events --watch'],
  async run(context) {
    const { flags, terminal, times, interrupted } = context;
    const { out } = terminal;
    const { on, tag, level, limit = LIMIT } = flags;
    const hosts = await allHosts(context);
    const meant = on || tag ? new Set((await hostsMeant(context)).map(({ id }) => id)) : null;
    const fits = (event: Event): boolean =>
      (meant === null || (event.hostId !== null && meant.has(event.hostId))) && (!level || event.level === level);
    const print = (event: Event): void => {
      if (!fits(event)) return;
      out.write(`${flags.json ? JSON.stringify(event) : eventLine(event, { hosts, times, paint: out.paint })}\n`);
    };

    let printed = -1;
    let isLive = false;
    const printNew = (event: Event): void => {
      if (event.id <= printed) return;
      printed = event.id;
      print(event);
    };
    const feed = await openFeed({
      ...{ config: context.config, clock: context.clock, onConnection: () => {} },
      onChange: (change) => {
        if (isLive && change.type === 'event') printNew(change.event);
      },
      onWhole: () => {
        for (const event of isLive ? feed.state.events : []) printNew(event);
      },
    });
    try {
      const isNarrowed = meant !== null || level !== undefined || flags.after !== undefined;
      const past = isNarrowed ? await pastEvents(context, meant) : feed.state.events;
      const known = new Map([...past, ...feed.state.events].map((event) => [event.id, event]));
      const last = [...known.values()].filter(fits).filter(({ id }) => id > (flags.after ?? -1));
      const events = last.sort((one, other) => one.id - other.id).slice(-limit);
      if (flags.json && !flags.watch) out.write(`${JSON.stringify({ items: events, next: null })}\n`);
      else for (const event of events) print(event);
      if (!flags.watch) return EXIT.success;
      printed = Math.max(events.at(-1)?.id ?? -1, feed.state.events.at(-1)?.id ?? -1);
      isLive = true;
      await new Promise<void>((resolve) => {
        if (interrupted.aborted) resolve();
        interrupted.addEventListener('abort', () => resolve());
      });
      return EXIT.detached;
    } finally {
      feed.close();
    }
  },
};

/** The API lists from the oldest on: of what it has, the filters leave little. */
async function pastEvents({ client, flags }: Context, hosts: ReadonlySet<string> | null): Promise<Event[]> {
  const lists = [...(hosts ?? [null])].map((host) => {
    const query = new URLSearchParams({ limit: '500' });
    if (host !== null) query.set('host', host);
    if (flags.level) query.set('level', flags.level);
    if (flags.after !== undefined) query.set('after', String(flags.after));
    return client.list<Event>(`/api/events?${query}`, 'after');
  });
  return (await Promise.all(lists)).flat();
}

type EventLineDeps = { hosts: readonly { id: string; name: string }[]; times: Times; paint: Paint };

export function eventLine({ at, level, hostId, actor, message, next }: Event, { hosts, times, paint }: EventLineDeps) {
  const { shape, tone } = LOOKS[level];
  const host = hostId === null ? '' : `${nameOf(hosts, hostId)} `;
  const who = actor === 'system' || message.includes(actor) ? '' : ` by ${plain(actor)}`;
  const then = next === null ? '' : paint.faint(`  → ${plain(next)}`);
  return `${paint.faint(times.stamp(at))} ${paint.tone(tone, shape)} ${host}${plain(message)}${who}${then}`;
}
