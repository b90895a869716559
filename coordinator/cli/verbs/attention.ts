import type { AttentionItem } from '../../../shared/attention.ts';
import { type Command, isActive } from '../../../shared/command.ts';
import type { FeedState } from '../../../shared/feed/state.ts';
import { FAILED, HOST_LOOKS } from '../../../shared/host-look.ts';
import { ATTENTION_LOOKS } from '../../../shared/looks.ts';
import { needsOf } from '../../../shared/needs.ts';
import { agoInWords, clockSpan } from '../../../shared/spans.ts';
import type { Context } from '../client/context.ts';
import { readFeed } from '../client/feed.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { describe } from '../show/describe.ts';
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
        lines: (state, now) => needLines(context, state, now),
        items: flags.json ? jsonItems : textItems(context),
      });
    if (flags.json) {
      out.json((await client.json<AttentionItem[]>('/api/attention')).body);
      return EXIT.success;
    }
    const { state, now } = await readFeed(context);
    const lines = needLines(context, state, now);
    // A line that does not fit would be two on a terminal; in a pipe it is data.
    const width = out.isTerminal ? terminal.columns() : Number.POSITIVE_INFINITY;
    if (lines[0] === NOTHING) err.line(NOTHING);
    else for (const line of lines) out.line(clip(line, width));
    return EXIT.success;
  },
};

/** What waits for an answer, then every host that failed: each once. */
function needLines(context: Context, state: FeedState, now: number): string[] {
  const { hosts, latest, commands, attention } = state;
  const latestOf = (hostId: string) => commands.get(latest.get(hostId) ?? '');
  const failed = needsOf({ attention, hosts: hosts.values(), latest: latestOf }).flatMap(({ hostId, failure }) =>
    failure === null ? [] : { hostId, failure, command: latestOf(hostId) },
  );
  if (attention.length + failed.length === 0) return [NOTHING];
  const { paint } = context.terminal.out;
  const look = HOST_LOOKS.failed;
  return tableLines([
    ...attention.map((item) => itemCells(context, item, hosts, now, commands.get(item.commandId ?? ''))),
    ...failed.map(({ hostId, failure, command }) => {
      const host = hosts.get(hostId)?.name ?? hostId;
      return [
        `${paint.shape(look)} ${host}`,
        paint.tone(look.tone, look.word.toLowerCase()),
        command?.finishedAt == null ? '' : agoInWords(now - command.finishedAt),
        `${command && FAILED.has(command.status) ? `switchyard logs ${command.id}` : `switchyard show ${host}`}  ${paint.faint(failure)}`,
      ];
    }),
  ]);
}

function itemCells(
  { terminal: { out }, times }: Context,
  { kind, hostId, commandId, rolloutId, since, lapsesAt, message }: AttentionItem,
  hosts: ReadonlyMap<string, { name: string }>,
  now: number,
  command?: Command,
): string[] {
  const { paint } = out;
  const look = ATTENTION_LOOKS[kind];
  const host = hostId === null ? (rolloutId === null ? 'new host' : 'rollout') : (hosts.get(hostId)?.name ?? hostId);
  const lapse = lapsesAt === null ? '' : `; acts by itself in ${clockSpan(lapsesAt - now)}`;
  const at = command && isActive(command.status) ? `; ${describe(command, { now, times, host })}` : '';
  return [
    `${paint.shape(look)} ${host}`,
    paint.tone(look.tone, look.word.toLowerCase()),
    agoInWords(now - since),
    `${nextStep(kind, host, commandId ?? rolloutId)}${paint.faint(`${message}${lapse}${at}`)}`,
  ];
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
      const { kind, hostId, commandId, rolloutId } = item;
      const key = `${kind} ${hostId ?? rolloutId} ${commandId}`;
      const host =
        hostId === null ? (rolloutId === null ? 'new host' : 'rollout') : (hosts.get(hostId)?.name ?? hostId);
      if (!waiting.has(key)) waiting.set(key, `${host} ${ATTENTION_LOOKS[kind].word.toLowerCase()}`);
      const line = () => `${stamp} ${tableLines([itemCells(context, item, hosts, now)])[0]}`;
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
  if (kind === 'unconfirmed') return `switchyard keep ${commandId ?? host}  `;
  if (kind === 'enrolment_approval' || kind === 'enrolment_conflict') return 'switchyard enrol waiting  ';
  if (kind === 'timed_out') return `switchyard answer ${host} wait 5m  `;
  return commandId === null ? '' : `switchyard show ${commandId}  `;
}
