import { named } from '../../../shared/model/actor.ts';
import { STATUSES } from '../../../shared/model/command.ts';
import type { DispatchSummary } from '../../../shared/model/dispatch.ts';
import { age } from '../../../shared/time/spans.ts';
import { newestOf } from '../client/newest.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { tableLines } from '../terminal/table.ts';
import type { Verb } from './verb.ts';

const LIMIT = 20;

export const dispatchesVerb: Verb = {
  name: 'dispatches',
  summary: 'List dispatches, newest first',
  takes: '',
  words: { least: 0, most: 0 },
  flags: { rollout: true, limit: `At most this many; ${LIMIT} by default`, json: true },
  examples: [
    'switchyard dispatches',
    'switchyard dispatches --rollout 0198a3f2-…',
    'switchyard dispatches --limit 100 --json',
  ],
  async run({ client, flags, terminal }) {
    const { out, err } = terminal;
    const { items, next } = await newestOf<DispatchSummary>(
      client,
      `/api/dispatches${flags.rollout ? `?rollout=${encodeURIComponent(flags.rollout)}` : ''}`,
      flags.limit ?? LIMIT,
    );
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
