import type { ListPage } from '../../../shared/api/resources.ts';
import { commandLook } from '../../../shared/looks/looks.ts';
import type { Command } from '../../../shared/model/command.ts';
import { age } from '../../../shared/time/spans.ts';
import { nameOf } from '../client/host-command.ts';
import { allHosts, hostsMeant, namesHosts } from '../client/targets.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { describe } from '../show/describe.ts';
import { tableLines } from '../terminal/table.ts';
import type { Verb } from './verb.ts';

const LIMIT = 20;
const PAGE = 500;

export const commandsVerb: Verb = {
  name: 'commands',
  summary: 'List commands, newest first',
  takes: '',
  words: { least: 0, most: 0 },
  flags: {
    on: true,
    tag: true,
    where: true,
    status: true,
    op: true,
    active: true,
    dispatch: true,
    limit: `At most this many; ${LIMIT} by default`,
    json: true,
    utc: true,
  },
  examples: ['switchyard commands --active', 'switchyard commands --on web1 --status error,timeout --json'],
  async run(context) {
    const { client, flags, terminal, times } = context;
    const { out, err } = terminal;
    const { status, op, active, dispatch, limit = LIMIT } = flags;
    const wanted = namesHosts(context) ? await hostsMeant(context) : [null];
    const pages = await Promise.all(
      wanted.map(async (host) => {
        const query = new URLSearchParams({ limit: String(Math.min(limit, PAGE)) });
        if (host) query.set('host', host.id);
        if (status) query.set('status', status.join(','));
        if (op) query.set('op', op);
        if (active) query.set('active', 'true');
        if (dispatch) query.set('dispatch', dispatch);
        return (await client.json<ListPage<Command>>(`/api/commands?${query}`)).body;
      }),
    );
    const all = pages.flatMap(({ items }) => items).sort((one, other) => (one.id < other.id ? 1 : -1));
    const items = all.slice(0, limit);
    if (flags.json) {
      const isMore = all.length > limit || pages.some(({ next }) => next !== null);
      out.json({ items, next: isMore ? (items.at(-1)?.id ?? null) : null });
      return EXIT.success;
    }
    if (items.length === 0) err.line('No matching commands.');
    else {
      const hosts = await allHosts(context);
      const { paint } = out;
      const rows = items.map((command) => {
        const host = nameOf(hosts, command.hostId);
        const look = commandLook(command);
        return [
          `${paint.shape(look)} ${paint.tone(look.tone, command.status)}`,
          command.op,
          host,
          `${age(client.now() - command.createdAt)} ago`,
          command.id,
          describe(command, { now: client.now(), times, host }),
        ];
      });
      const head = ['  STATUS', 'OP', 'HOST', 'CREATED', 'COMMAND', ''].map((text) => (text ? paint.faint(text) : ''));
      for (const line of tableLines([head, ...rows])) out.line(line);
    }
    return EXIT.success;
  },
};
