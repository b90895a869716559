import type { Event } from '../../../shared/model/event.ts';
import { allHosts } from '../client/targets.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { eventLine } from './events.ts';
import type { Verb } from './verb.ts';

export const auditVerb: Verb = {
  name: 'audit',
  summary: 'Show who did what from where, and what was refused; with --format all of it, for other programs',
  takes: '',
  words: { least: 0, most: 0 },
  flags: {
    since: true,
    until: true,
    format: true,
    limit: 'At most so many, the last ones; with --format the first ones',
    json: 'The same as --format ndjson',
    utc: true,
  },
  examples: [
    'switchyard audit --since 7d',
    'switchyard audit --since 2026-01-01 --until 2027-01-01 --format csv > audit-2026.csv',
  ],
  async run(context) {
    const { client, flags, terminal, times } = context;
    const { out } = terminal;
    const query = new URLSearchParams({ category: 'audit' });
    const bounds = { since: flags.since, until: flags.until };
    for (const [name, moment] of Object.entries(bounds))
      if (moment) query.set(name, String(moment.kind === 'at' ? moment.at : Math.max(0, client.now() - moment.ms)));
    const format = flags.format ?? (flags.json ? 'ndjson' : undefined);
    if (format) {
      query.set('format', format);
      if (flags.limit !== undefined) query.set('limit', String(flags.limit));
      const { body } = await client.stream(`/api/events?${query}`, context.interrupted);
      for await (const piece of body ?? []) {
        out.raw(piece);
        await out.drained();
      }
      return EXIT.success;
    }
    query.set('before', String(Number.MAX_SAFE_INTEGER));
    query.set('limit', String(Math.min(flags.limit ?? LIMIT, PAGE)));
    const { body } = await client.json<{ items: Event[]; next: number | null }>(`/api/events?${query}`);
    const names = new Map((await allHosts(context)).map(({ id, name }) => [id, name]));
    for (const event of body.items.reverse()) out.line(eventLine(event, { names, times, paint: out.paint }));
    if (body.next !== null)
      terminal.err.line('There is more before that: see --limit, --since, or all of it by --format.');
    return EXIT.success;
  },
};

const LIMIT = 50;
const PAGE = 500;
