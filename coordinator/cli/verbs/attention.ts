import type { ListPage } from '../../../shared/api/resources.ts';
import type { FeedState } from '../../../shared/feed/state.ts';
import { FAILED, HOST_LOOKS } from '../../../shared/looks/host-look.ts';
import { ATTENTION_LOOKS } from '../../../shared/looks/looks.ts';
import { needsOf } from '../../../shared/looks/needs.ts';
import type { AttentionItem } from '../../../shared/model/attention.ts';
import { type Command, isActive } from '../../../shared/model/command.ts';
import { usualMs } from '../../../shared/model/run-time.ts';
import { lastLine } from '../../../shared/text/last-line.ts';
import { agoInWords, clockSpan } from '../../../shared/time/spans.ts';
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
  summary: 'Show what waits for a person, most urgent first',
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
    const lines = needLines(context, state, now, await factsOf(context, state, now));
    // A line that does not fit would be two on a terminal; in a pipe it is data.
    const width = out.isTerminal ? terminal.columns() : Number.POSITIVE_INFINITY;
    if (lines[0] === NOTHING) err.line(NOTHING);
    else for (const line of lines) out.line(clip(line, width));
    return EXIT.success;
  },
};

/** Every open question, then every failed host: each once. */
function needLines(
  context: Context,
  state: FeedState,
  now: number,
  facts: ReadonlyMap<string, string> = new Map(),
): string[] {
  const { hosts, latest, commands, attention } = state;
  const latestOf = (hostId: string) => commands.get(latest.get(hostId) ?? '');
  const failed = needsOf({ attention, hosts: hosts.values(), latest: latestOf }).flatMap(({ hostId, failure }) =>
    failure === null ? [] : { hostId, failure, command: latestOf(hostId) },
  );
  if (attention.length + failed.length === 0) return [NOTHING];
  const { paint } = context.terminal.out;
  const look = HOST_LOOKS.failed;
  const table = tableLines([
    ...attention.map((item) => itemCells(context, item, state, now, commands.get(item.commandId ?? ''))),
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
  return table.flatMap((line, at) => {
    const fact = facts.get(attention[at]?.commandId ?? '');
    return fact === undefined ? [line] : [line, `    ${paint.faint(fact)}`];
  });
}

function itemCells(
  { terminal: { out }, times }: Context,
  item: AttentionItem,
  state: Pick<FeedState, 'hosts' | 'rollouts'>,
  now: number,
  command?: Command,
): string[] {
  const { paint } = out;
  const { kind, since, lapsesAt, message } = item;
  const look = ATTENTION_LOOKS[kind];
  const host = subjectOf(item, state);
  const lapse = lapsesAt === null ? '' : `; acts by itself in ${clockSpan(lapsesAt - now)}`;
  const at = command && isActive(command.status) ? `; ${describe(command, { now, times, host })}` : '';
  return [
    `${paint.shape(look)} ${host}`,
    paint.tone(look.tone, look.word.toLowerCase()),
    agoInWords(now - since),
    `${nextStep(item, host)}${paint.faint(`${message}${lapse}${at}`)}`,
  ];
}

/** The whole list, whenever it is another. */
const jsonItems: LiveView['items'] = ({ attention }, change) => {
  if (change !== null && change.type !== 'attention') return [];
  const line = jsonText(attention);
  return [{ key: '', mark: line, line: () => line }];
};

/** A line for each item that begins to wait, and one for each that waits no longer. */
function textItems(context: Context): LiveView['items'] {
  const waiting = new Map<string, string>();
  return (state, change, now): LiveItem[] => {
    const { attention } = state;
    if (change !== null && change.type !== 'attention') return [];
    const stamp = context.times.stamp(now);
    const items = attention.map((item): LiveItem => {
      const { kind, hostId, commandId, rolloutId, since } = item;
      const key = `${kind} ${hostId ?? rolloutId ?? since} ${commandId}`;
      const host = subjectOf(item, state);
      if (!waiting.has(key)) waiting.set(key, `${host} ${ATTENTION_LOOKS[kind].word.toLowerCase()}`);
      const line = () => `${stamp} ${tableLines([itemCells(context, item, state, now)])[0]}`;
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

/** The name of the host, rollout or other thing that waits. */
function subjectOf(
  { kind, hostId, rolloutId }: AttentionItem,
  { hosts, rollouts }: Pick<FeedState, 'hosts' | 'rollouts'>,
) {
  if (hostId !== null) return hosts.get(hostId)?.name ?? hostId;
  if (kind === 'notify_failed') return 'notices';
  if (kind === 'store_rewound') return 'store';
  return rolloutId === null ? 'new host' : (rollouts.get(rolloutId)?.name ?? 'rollout');
}

function nextStep({ kind, commandId, rolloutId }: AttentionItem, host: string): string {
  if (rolloutId !== null)
    return `switchyard rollout ${kind === 'rollout_approval' ? 'approve' : 'show'} ${rolloutId}  `;
  if (kind === 'notify_failed') return 'switchyard notify list  ';
  if (kind === 'store_rewound') return 'switchyard events  ';
  if (kind === 'unconfirmed') return `switchyard keep ${commandId ?? host}  `;
  if (kind === 'enrolment_approval' || kind === 'enrolment_conflict') return 'switchyard enrol waiting  ';
  if (kind === 'timed_out') return `switchyard answer ${host} wait 5m  `;
  return commandId === null ? '' : `switchyard show ${commandId}  `;
}

/** At most this many asking commands are shown with facts to decide on. */
const DETAILED = 20;
const TAIL_BYTES = 2_048;

/** For each asking command: its op's usual duration on that host, and its last line of output. */
async function factsOf({ client }: Context, state: FeedState, now: number): Promise<Map<string, string>> {
  const asking = state.attention
    .filter(({ kind }) => kind === 'timed_out')
    .flatMap(({ commandId }) => state.commands.get(commandId ?? '') ?? [])
    .slice(0, DETAILED);
  const facts = await Promise.all(
    asking.map(async ({ id, hostId, op, output: { bytes } }): Promise<[string, string]> => {
      const query = new URLSearchParams({ host: hostId, op, status: 'SUCCESS', limit: '5' });
      const { body } = await client.json<ListPage<Command>>(`/api/commands?${query}`);
      const usual = usualMs(body.items, now);
      const words = usual === null ? 'it has never succeeded here' : `usually takes ${clockSpan(usual)} here`;
      if (bytes === 0) return [id, `${words}; it has written nothing`];
      const tail = `/api/commands/${id}/output?offset=${Math.max(0, bytes - TAIL_BYTES)}&limit=${TAIL_BYTES}`;
      const output = await client.stream(tail);
      return [id, `${words}; wrote last: ${lastLine(new Uint8Array(await output.arrayBuffer()))}`];
    }),
  );
  return new Map(facts);
}
