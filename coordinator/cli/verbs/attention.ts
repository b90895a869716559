import type { AttentionItem } from '../../../shared/attention.ts';
import type { Context } from '../context.ts';
import { formatAge, formatSpan } from '../durations.ts';
import { EXIT } from '../exit-status.ts';
import { nameOf } from '../host-command.ts';
import { showLive } from '../live.ts';
import type { Look } from '../paint.ts';
import { tableLines } from '../table.ts';
import { allHosts } from '../targets.ts';
import { plain } from '../text.ts';
import type { Verb } from '../verb.ts';

const NOTHING = 'Nothing needs you.';

const LOOKS = {
  timed_out: { shape: '▲', tone: 'attention' },
  kill_failed: { shape: '✕', tone: 'error' },
  no_reconnect: { shape: '✕', tone: 'error' },
  lost: { shape: '?', tone: 'unknown' },
  stale_binary: { shape: '✕', tone: 'error' },
  suspicious: { shape: '▲', tone: 'attention' },
  partial: { shape: '▲', tone: 'attention' },
  duplicate_agent: { shape: '▲', tone: 'attention' },
} as const satisfies Record<AttentionItem['kind'], Look>;

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
        line(change, now) {
          if (change.type !== 'attention') return null;
          if (flags.json) return JSON.stringify(change.attention);
          return `${context.times.stamp(now)} ${change.attention.length} waiting`;
        },
      });
    const { body: items } = await client.json<AttentionItem[]>('/api/attention');
    if (flags.json) out.write(`${JSON.stringify(items)}\n`);
    else if (items.length === 0) err.write(`${NOTHING}\n`);
    else
      for (const line of attentionLines(context, items, await allHosts(context), client.now())) out.write(`${line}\n`);
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
      const { shape, tone } = LOOKS[kind];
      const host = nameOf(hosts, hostId);
      const lapse = lapsesAt === null ? '' : `; acts by itself in ${formatSpan(lapsesAt - now)}`;
      return [
        `${paint.tone(tone, shape)} ${host}`,
        paint.tone(tone, kind),
        `${formatAge(now - since)} ago`,
        `${plain(message)}${lapse}${paint.faint(nextStep(kind, host, commandId))}`,
      ];
    }),
  );
}

function nextStep(kind: AttentionItem['kind'], host: string, commandId: string | null): string {
  if (kind === 'timed_out') return `  → switchyard answer ${host} wait 5m|kill|ignore`;
  return commandId === null ? '' : `  → switchyard show ${commandId}`;
}
