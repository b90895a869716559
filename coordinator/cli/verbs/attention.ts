import type { AttentionItem } from '../../../shared/attention.ts';
import { ATTENTION_LOOKS } from '../../../shared/looks.ts';
import { age, clockSpan } from '../../../shared/spans.ts';
import type { Context } from '../client/context.ts';
import { nameOf } from '../client/host-command.ts';
import { allHosts } from '../client/targets.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { jsonText } from '../terminal/acting.ts';
import { tableLines } from '../terminal/table.ts';
import { clip } from '../terminal/text.ts';
import { type LiveItem, type LiveView, showLive } from '../watch/live.ts';
import type { Verb } from './verb.ts';

const NOTHING = 'Nothing needs you.';

export const attentionVerb: Verb = {
  name: 'attention',
  summary: 'Show what waits for a person, what is most urgent first',
  takes: '',
  words: { least: 0, most: 0 },
  flags: { watch: true, json: true, utc: true },
  examples: ['switchyard attention', 'switchyard attention --watch'],
  async run(context) {
    const { client, flags, terminal } = context;
    const { out, err } = terminal;
    if (flags.watch)
      return await showLive(context, {
        lines: (state, now) => attentionLines(context, state.attention, [...state.hosts.values()], now),
        items: flags.json ? jsonItems : textItems(context),
      });
    const { body: items } = await client.json<AttentionItem[]>('/api/attention');
    if (flags.json) out.json(items);
    else if (items.length === 0) err.line(NOTHING);
    else {
      const width = out.isTerminal ? terminal.columns() : Number.POSITIVE_INFINITY;
      for (const line of attentionLines(context, items, await allHosts(context), client.now()))
        out.line(clip(line, width));
    }
    return EXIT.success;
  },
};

function attentionLines(
  { terminal: { out } }: Context,
  items: readonly AttentionItem[],
  hosts: readonly { id: string; name: string }[],
  now: number,
): string[] {
  if (items.length === 0) return [NOTHING];
  const { paint } = out;
  return tableLines(
    items.map(({ kind, hostId, commandId, since, lapsesAt, message }) => {
      const look = ATTENTION_LOOKS[kind];
      const host = nameOf(hosts, hostId);
      const lapse = lapsesAt === null ? '' : `; acts by itself in ${clockSpan(lapsesAt - now)}`;
      return [
        `${paint.shape(look)} ${host}`,
        paint.tone(look.tone, look.word.toLowerCase()),
        `${age(now - since)} ago`,
        `${nextStep(kind, host, commandId)}${paint.faint(`${message}${lapse}`)}`,
      ];
    }),
  );
}

/** The whole list, whenever it is another. */
const jsonItems: LiveView['items'] = ({ attention }, change) => {
  if (change !== null && change.type !== 'attention') return [];
  const line = jsonText(attention);
  return [{ key: '', mark: line, line: () => line }];
};

/** A line for what begins to wait, and one for what waits no longer. */
function textItems(context: Context): LiveView['items'] {
  const waiting = new Map<string, string>();
  return ({ attention, hosts }, change, now): LiveItem[] => {
    if (change !== null && change.type !== 'attention') return [];
    const stamp = context.times.stamp(now);
    const items = attention.map((item): LiveItem => {
      const { kind, hostId, commandId } = item;
      const key = `${kind} ${hostId} ${commandId}`;
      const host = hosts.get(hostId)?.name ?? hostId;
      if (!waiting.has(key)) waiting.set(key, `${host} ${ATTENTION_LOOKS[kind].word.toLowerCase()}`);
      const line = () => `${stamp} ${attentionLines(context, [item], [{ id: hostId, name: host }], now)[0]}`;
      return { key, mark: 'waits', line };
    });
    const keys = new Set(items.map(({ key }) => key));
    const settled = [...waiting].filter(([key]) => !keys.has(key));
    for (const [key] of settled) waiting.delete(key);
    return [
      ...items,
      ...settled.map(([key, words]) => ({ key, mark: 'settled', line: () => `${stamp} · ${words} is settled` })),
      ...(attention.length === 0 && change === null
        ? [{ key: '', mark: 'nothing', line: () => `${stamp} ${NOTHING}` }]
        : []),
    ];
  };
}

function nextStep(kind: AttentionItem['kind'], host: string, commandId: string | null): string {
  if (kind === 'timed_out') return `switchyard answer ${host} wait 5m  `;
  return commandId === null ? '' : `switchyard show ${commandId}  `;
}
