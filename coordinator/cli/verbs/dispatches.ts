import { named } from '../../../shared/actor.ts';
import { STATUSES } from '../../../shared/command.ts';
import type { DispatchSummary } from '../../../shared/dispatch.ts';
import type { Page } from '../../../shared/resources.ts';
import { age } from '../../../shared/spans.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { tableLines } from '../terminal/table.ts';
import type { Verb } from './verb.ts';

const LIMIT = 20;
const PAGE = 100;

export const dispatchesVerb: Verb = {
  name: 'dispatches',
  summary: 'List dispatches, newest first',
  takes: '',
  words: { least: 0, most: 0 },
  flags: { limit: `At most this many; ${LIMIT} by default`, json: true },
  examples: ['switchyard dispatches', 'switchyard dispatches --limit 100 --json'],
  async run({ client, flags, terminal }) {
    const { out, err } = terminal;
    const wanted = flags.limit ?? LIMIT;
    const items: DispatchSummary[] = [];
    let next: string | null = null;
    do {
      const from: string = next === null ? '' : `&before=${next}`;
      const limit = Math.min(PAGE, wanted - items.length);
      const { body } = await client.json<Page<DispatchSummary>>(`/api/dispatches?limit=${limit}${from}`);
      items.push(...body.items);
      next = body.next;
    } while (next !== null && items.length < wanted);
    if (flags.json) out.json({ items, next });
    else if (items.length === 0) err.line('Nothing has been dispatched yet.');
    else {
      const rows = items.map(({ id, op, requestedBy, requestedByName, createdAt, hosts, statuses }) => [
        op,
        `${hosts} ${hosts === 1 ? 'host' : 'hosts'}`,
        `${age(client.now() - createdAt)} ago`,
        named(requestedBy, requestedByName),
        id,
        STATUSES.flatMap((status) => (statuses[status] ? `${statuses[status]} ${status}` : [])).join(', '),
      ]);
      const head = ['OP', 'HOSTS', 'CREATED', 'BY', 'DISPATCH', 'COMMANDS'].map(out.paint.faint);
      for (const line of tableLines([head, ...rows])) out.line(line);
    }
    return EXIT.success;
  },
};
